package optim

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// manifest is the file that names the shards of a checkpoint.
type manifest struct {
	Format     string
	Generation int      // of the shards; that of the checkpoint before plus 1
	Steps      int      // of the Sharded
	Cuts       []int    // shard r has the parameters from Cuts[r] to Cuts[r+1]
	Sums       []uint32 // the CRC-32C at the end of each shard

	name  string
	plain bool // the file is no manifest, but a checkpoint of SaveFile
}

const manifestFormat = "optim sharded checkpoint 1"

// shard returns the name of the file of a shard.
func (m *manifest) shard(r int) string {
	if m.plain {
		return m.name
	}
	return fmt.Sprintf("%s.%d.%d", m.name, m.Generation, r)
}

// save replaces the manifest, and removes the shards of the checkpoint before.
func (m *manifest) save() error {
	text, _ := json.MarshalIndent(m, "", "\t") // it has no values that can fail
	err := replace(m.name, func(to io.Writer) error { _, err := to.Write(append(text, '\n')); return err })
	if err == nil {
		m.removeOthers()
	}
	return err
}

// lastSum returns the checksum at the end of a shard.
func lastSum(file string) (uint32, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var b [sumLength]byte
	if _, err = f.Seek(-sumLength, io.SeekEnd); err == nil {
		_, err = io.ReadFull(f, b[:])
	}
	return binary.LittleEndian.Uint32(b[:]), err
}

// removeOthers removes the files that have names of shards and are not shards of this checkpoint.
func (m *manifest) removeOthers() {
	folder, base := filepath.Split(m.name)
	pattern := regexp.MustCompile("^" + regexp.QuoteMeta(base) + `\.[0-9]+\.[0-9]+(\.tmp)?$`)
	entries, _ := os.ReadDir(filepath.Clean(folder + "."))
	for _, e := range entries {
		own := false
		for r := range m.Sums {
			own = own || folder+e.Name() == m.shard(r)
		}
		if !own && pattern.MatchString(e.Name()) {
			os.Remove(folder + e.Name())
		}
	}
}

// readManifest reads a manifest. A checkpoint of the function SaveFile counts as a manifest of one
// shard, whose Cuts are not known.
func readManifest(name string) (*manifest, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, len(magic)-1)
	k, _ := io.ReadFull(f, head)
	if string(head[:k]) == magic[:len(head)] {
		return &manifest{name: name, plain: true}, nil
	}
	text, err := io.ReadAll(io.MultiReader(bytes.NewReader(head[:k]), f))
	m := &manifest{name: name}
	if err == nil {
		err = json.Unmarshal(text, m)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: not a checkpoint: %w", name, err)
	case m.Format != manifestFormat:
		return nil, fmt.Errorf("%s: the format is %q, want %q", name, m.Format, manifestFormat)
	case len(m.Cuts) < 2 || len(m.Sums) != len(m.Cuts)-1 || m.Cuts[0] != 0 || !slices.IsSorted(m.Cuts) || m.Steps < 0 || m.Generation < 1:
		return nil, fmt.Errorf("%s: the manifest is damaged", name)
	}
	return m, nil
}

// checkShards returns an error if a shard is missing or belongs to another checkpoint.
func (m *manifest) checkShards() error {
	for r, sum := range m.Sums {
		switch last, err := lastSum(m.shard(r)); {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s: shard %d of %d is missing: %w", m.name, r, len(m.Sums), err)
		case err != nil:
			return fmt.Errorf("%s: shard %d of %d: %w", m.name, r, len(m.Sums), err)
		case last != sum:
			return fmt.Errorf("%s: %s is not shard %d of this checkpoint: its checksum is %08x, want %08x", m.name, m.shard(r), r, last, sum)
		}
	}
	return nil
}
