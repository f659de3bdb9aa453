package optim

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// SaveFile saves to the named file, as [Save] does to a stream. SaveFile replaces the file as a
// whole: after a crash the file holds either the checkpoint from before or the new one. When
// SaveFile returns nil, the new one is on the disk. SaveFile first writes to a file whose name has
// ".tmp" at the end, so only one writer may use a name at a time. A file that exists keeps its
// mode. If the name is a symbolic link, the link stays and SaveFile replaces the target of the
// link.
func SaveFile(name string, params []float64, opt Optimizer, more ...any) error {
	return failed("SaveFile", replace(name, (&contents{params: params, opt: opt, more: more}).save))
}

// replace replaces the named file by what write writes, as SaveFile says.
func replace(name string, write func(to io.Writer) error) error {
	target, info, err := resolve(name)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o666)
	if info != nil {
		mode = info.Mode().Perm()
	}
	temporary := target + ".tmp"
	os.Remove(temporary) // a crash may have left it, with another mode
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil && info != nil {
		err = f.Chmod(mode) // the process may have a mask
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(temporary, target)
	}
	if err == nil {
		err = syncFolder(target)
	} else {
		os.Remove(temporary)
	}
	return err
}

// LoadFile loads what [SaveFile] saved, under the conditions of [Load]. It reads the file twice: first
// it checks all of it, and then it assigns. If there is no such file, errors.Is(err,
// fs.ErrNotExist) is true for the error.
func LoadFile(name string, params []float64, opt Optimizer, more ...any) error {
	_, _, err := resolve(name)
	if err != nil {
		return failed("LoadFile", err)
	}
	f, err := os.Open(name)
	if err != nil {
		return err // for os.IsNotExist
	}
	defer f.Close()
	err = (&contents{params: params, opt: opt, more: more}).load(f, true)
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return failed("LoadFile", err)
}

// resolve follows symbolic links to a file that need not exist. It returns the name of the file
// and, if it exists, what Stat returns.
func resolve(name string) (target string, info fs.FileInfo, err error) {
	if name == "" {
		return "", nil, errors.New("the name of the file is empty")
	}
	target = name
	for range 255 { // a loop of links is an error of Stat
		link, err := os.Readlink(target)
		if err != nil {
			break
		}
		if !filepath.IsAbs(link) {
			folder, _ := filepath.Split(target) // not cleaned: a/.. may be another folder if a is a link
			link = folder + link
		}
		target = link
	}
	info, err = os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return target, nil, nil
	case err != nil:
	case info.IsDir():
		err = fmt.Errorf("%s is a folder", name)
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s is not a regular file", name)
	}
	return target, info, err
}

// syncFolder makes a renaming in the folder of a file durable. On Windows this is neither possible
// nor necessary.
func syncFolder(file string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, _ := filepath.Split(file)
	f, err := os.Open(folder + ".")
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
