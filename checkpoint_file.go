package optim

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// SaveFile saves to a file, as Save does to a stream, in one piece: after a crash
// the file holds either the checkpoint of before or this one, whole and on the
// disk. SaveFile writes to the name with ".tmp" behind it first, so only one writer
// may use a file at a time. If the file exists, its mode stays. A symbolic link
// stays, and the file that it names is replaced.
func SaveFile(name string, params []float64, opt Optimizer, more ...any) error {
	c, err := newContents("SaveFile", params, opt, more)
	if err != nil {
		return err
	}
	target, mode, err := resolve("SaveFile", name)
	if err != nil {
		return err
	}
	temporary := target + ".tmp"
	os.Remove(temporary) // a crash may have left it, with another mode
	err = c.writeSynced(temporary, mode)
	if err == nil {
		err = os.Rename(temporary, target)
	}
	if err != nil {
		os.Remove(temporary)
		return err
	}
	return syncFolder(filepath.Dir(target))
}

// LoadFile loads what SaveFile saved, under the conditions of Load. It reads the
// file twice, first to check it and then to assign.
func LoadFile(name string, params []float64, opt Optimizer, more ...any) error {
	c, err := newContents("LoadFile", params, opt, more)
	if err != nil {
		return err
	}
	if _, _, err := resolve("LoadFile", name); err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := c.load(f, true); err != nil {
		return fmt.Errorf("%w (in %s)", err, name)
	}
	return nil
}

// resolve follows symbolic links, to a file that need not exist. It returns the
// permissions of the file, or 0 if there is none.
func resolve(function, name string) (target string, mode fs.FileMode, err error) {
	if name == "" {
		return "", 0, fmt.Errorf("optim: %s: the name of the file is empty", function)
	}
	const mostLinks = 255
	target = name
	for range mostLinks {
		link, err := os.Readlink(target)
		if err != nil {
			break
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(target), link)
		}
		target = link
	}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return target, 0, nil
	case err != nil:
		return "", 0, err
	case info.IsDir():
		return "", 0, fmt.Errorf("optim: %s: %s is a folder", function, name)
	case !info.Mode().IsRegular():
		return "", 0, fmt.Errorf("optim: %s: %s is not a regular file", function, name)
	}
	return target, info.Mode().Perm(), nil
}

// writeSynced writes a checkpoint to a new file and to the disk. A mode of 0 is
// that of new files.
func (c *contents) writeSynced(name string, mode fs.FileMode) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	err = c.save(f)
	if err == nil && mode != 0 {
		err = f.Chmod(mode)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder makes a renaming durable. Windows cannot do that, and need not.
func syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
