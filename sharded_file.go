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

	"example.com/optim/internal/archive"
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

// SaveFile saves the parameters, the optimizer and more. It must be called in all processes, which
// must share the folder. Each process writes its piece to a file of its own, its shard. Then rank 0
// replaces the named file, a manifest that names the shards, as a whole. After a crash at any moment
// there is the checkpoint from before or the new one. The names of the shards are name.k.r, where r is
// the rank and k grows with each checkpoint. SaveFile removes the shards of the checkpoint before.
//
// The values of more are those of Save. Rank 0 saves them, and LoadFile gives them to all. If saving
// fails in one process, SaveFile returns an error in all. It panics unless params has the length of
// the steps.
func (o *Sharded) SaveFile(name string, params []float64, more ...any) error {
	if o.n >= 0 && len(params) != o.n {
		panic(fmt.Sprintf("optim: Sharded.SaveFile: len(params) = %d, want %d as in the steps", len(params), o.n))
	}
	o.arrange(len(params))
	generation := 0.0
	if before, err := readManifest(name); err == nil {
		generation = float64(before.Generation)
	}
	m := &manifest{Format: manifestFormat, Steps: o.t, Cuts: o.layout.cuts, name: name}
	m.Generation = int(o.exchange(generation)[0]) + 1
	sum, err := o.saveShard(m, params, more)
	words := o.exchange(sum)
	if r := slices.Index(words, lost); r >= 0 {
		os.Remove(m.shard(o.comm.Rank()))
		return failedIn("Sharded.SaveFile", r, err)
	}
	for _, w := range words {
		m.Sums = append(m.Sums, uint32(w))
	}
	done := 0.0
	if o.comm.Rank() == 0 {
		text, _ := json.MarshalIndent(m, "", "\t")
		if err = replace(name, func(to io.Writer) error { _, err := to.Write(append(text, '\n')); return err }); err != nil {
			done = lost
		} else {
			m.removeOthers()
		}
	}
	if r := slices.Index(o.exchange(done), lost); r >= 0 {
		return failedIn("Sharded.SaveFile", r, err)
	}
	return nil
}

// lost is the word that a process exchanges if it has failed. All other words are at least 0.
const lost = -1.0

// failedIn returns err, or if it is nil an error that says which process has one.
func failedIn(function string, rank int, err error) error {
	if err == nil {
		err = fmt.Errorf("rank %d has failed, and has an error that says why", rank)
	}
	return failed(function, err)
}

// exchange returns the words of all processes.
func (o *Sharded) exchange(word float64) []float64 {
	all := make([]float64, o.comm.Size())
	all[o.comm.Rank()] = word
	o.comm.AllGather(all, slices.Repeat([]int{1}, len(all)))
	return all
}

// saveShard saves the shard of this process, and returns its checksum or lost.
func (o *Sharded) saveShard(m *manifest, params []float64, more []any) (sum float64, err error) {
	rank := o.comm.Rank()
	cuts := o.layout.cuts
	o.layout.arrange(cuts, rank, nil)
	defer o.layout.arrange(cuts, rank, o.comm.AllGather)
	c := o.contentsOf(cuts, rank, params, more)
	err = replace(m.shard(rank), c.save)
	if err != nil {
		return lost, err
	}
	last, err := lastSum(m.shard(rank))
	if err != nil {
		return lost, err
	}
	return float64(last), nil
}

// contentsOf returns what the shard of a process holds. The layout must be that of the process. Shard 0
// has more. A shard without parameters has no optimizer.
func (o *Sharded) contentsOf(cuts []int, rank int, params []float64, more []any) *contents {
	c := &contents{params: params[cuts[rank]:cuts[rank+1]]}
	if rank == 0 {
		c.more = more
	}
	if len(c.params) > 0 {
		c.opt = o.opt
	}
	return c
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

// LoadFile loads what SaveFile saved, with any number of processes. It must be called in all of them.
// It also loads a checkpoint of the function SaveFile with the optimizer inside. To load into an
// optimizer without a Sharded, use NewSharded(opt, Local(1)[0]).LoadFile, and then opt by itself.
//
// A shard that is missing or belongs to another checkpoint, and whatever does not fit, is an error that
// names it. If a process finds an error, LoadFile returns an error in all, and nothing has changed in
// any. A process reads the shards with its piece, and shard 0.
func (o *Sharded) LoadFile(name string, params []float64, more ...any) error {
	l, err := o.check(name, params, more)
	word := 0.0
	if err != nil {
		word = lost
	}
	if r := slices.Index(o.exchange(word), lost); r >= 0 {
		o.layout.cuts = nil // the checkpoint may have had another length
		if o.n >= 0 {
			o.arrange(o.n)
		}
		return failedIn("Sharded.LoadFile", r, err)
	}
	word, err = 0, l.assign()
	if err != nil {
		word = lost
	}
	if r := slices.Index(o.exchange(word), lost); r >= 0 {
		return failedIn("Sharded.LoadFile", r, err)
	}
	o.comm.AllGather(params, o.counts)
	return nil
}

// loading is a checkpoint that is loaded into a Sharded.
type loading struct {
	*Sharded
	*manifest
	params []float64
	more   []any
	shards []int // that this process needs
	fresh  map[*[]float64][]float64
}

// check reads the shards that this process needs, and changes nothing but the layout.
func (o *Sharded) check(name string, params []float64, more []any) (*loading, error) {
	m, err := readManifest(name)
	if err != nil {
		return nil, err
	}
	if err := m.checkShards(); err != nil {
		return nil, err
	}
	if m.plain {
		m.Cuts = []int{0, len(params)}
	}
	if n := m.Cuts[len(m.Cuts)-1]; n != len(params) {
		return nil, fmt.Errorf("%s: len(params) = %d, the checkpoint has %d", name, len(params), n)
	}
	if total := o.layout.total(); o.layout.groups != nil && total != len(params) {
		return nil, fmt.Errorf("len(params) = %d, but the groups have %d", len(params), total)
	}
	o.layout.cuts = nil
	o.arrange(len(params))
	l := &loading{Sharded: o, manifest: m, params: params, more: more}
	l.shards = l.needed()
	for _, r := range l.shards {
		if err := l.each(r, func(c *contents, f *os.File) error { _, err := c.check(f, true); return err }); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// each calls do for the file of a shard, with the layout of that shard.
func (l *loading) each(r int, do func(c *contents, f *os.File) error) error {
	f, err := os.Open(l.shard(r))
	if err != nil {
		return err
	}
	defer f.Close()
	l.layout.arrange(l.Cuts, r, nil)
	if err := do(l.contentsOf(l.Cuts, r, l.params, l.more), f); err != nil {
		return fmt.Errorf("%s: %w", l.shard(r), err)
	}
	return nil
}

// needed returns the shards with parameters of this process, and shard 0. A group that this process
// steps without parameters needs the first shard of the group, and so does a process without
// parameters.
func (l *loading) needed() []int {
	lo, hi := l.Piece()
	starts := []int{}
	begin := 0
	for i, g := range l.layout.groups {
		if l.layout.pieces[i].Optimizer != nil && l.layout.pieces[i].Len == 0 {
			starts = append(starts, begin)
		}
		begin += g.Len
	}
	if lo == hi {
		starts = append(starts, 0)
	}
	var shards []int
	for r, from := range l.Cuts[:len(l.Cuts)-1] {
		to := l.Cuts[r+1]
		holds := slices.ContainsFunc(starts, func(s int) bool { return from <= s && s < to })
		if r == 0 || from < hi && lo < to && from < to || holds {
			shards = append(shards, r)
		}
	}
	return shards
}

// assign reads the shards again, one after another, and puts the vectors of this process together.
func (l *loading) assign() error {
	l.fresh = map[*[]float64][]float64{}
	cuts := l.layout.cut(len(l.params), l.comm.Size())
	rank := l.comm.Rank()
	for _, r := range l.shards {
		if err := l.each(r, func(c *contents, f *os.File) error { return c.load(f, true) }); err != nil {
			return err
		}
		l.vectors(func(visit func(*walk), lo, hi int) {
			from, to := within(l.Cuts, lo, hi), within(cuts, lo, hi)
			archive.Resize(visit, from[r+1]-from[r], func(field *[]float64) {
				whole := l.fresh[field]
				if whole == nil {
					whole = make([]float64, to[rank+1]-to[rank])
					l.fresh[field] = whole
				}
				if first, last := max(from[r], to[rank]), min(from[r+1], to[rank+1]); first < last {
					copy(whole[first-to[rank]:], (*field)[first-from[r]:last-from[r]])
				}
			})
		})
	}
	l.layout.arrange(cuts, rank, l.comm.AllGather)
	l.vectors(func(visit func(*walk), lo, hi int) {
		to := within(cuts, lo, hi)
		archive.Resize(visit, to[rank+1]-to[rank], func(field *[]float64) { *field = l.fresh[field] })
	})
	for i, g := range l.layout.groups {
		if g.Optimizer != nil && l.layout.pieces[i].Optimizer == nil {
			Reset(g.Optimizer) // another process has it
		}
	}
	l.t, l.n, l.agreed = l.manifest.Steps, len(l.params), true
	if counted, ok := l.opt.(interface{ Steps() int }); ok && l.plain {
		l.t = counted.Steps()
	}
	if l.t == 0 {
		l.n = -1
	}
	return nil
}

// vectors calls do for the optimizer around the groups, and for each group in the layout that can be
// cut, with the bounds of its parameters.
func (l *loading) vectors(do func(visit func(*walk), lo, hi int)) {
	blank := slices.Clone(l.layout.pieces)
	for i := range blank {
		blank[i].Optimizer = nil
	}
	if l.layout.groups != nil {
		l.layout.outer.opt = blank
	}
	do(func(a *walk) { visitAny(a, l.opt) }, 0, len(l.params))
	if l.layout.groups != nil {
		l.layout.outer.opt = l.layout.pieces
	}
	lo := 0
	for i, g := range l.layout.groups {
		if l.layout.pieces[i].Optimizer != nil && uncuttable(g.Optimizer, false) == nil {
			do(func(a *walk) { visitAny(a, g.Optimizer) }, lo, lo+g.Len)
		}
		lo += g.Len
	}
}
