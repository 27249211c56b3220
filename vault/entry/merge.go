package entry

// Clash is a field that both sides changed, differently. A side that removed the
// field has no value there.
type Clash struct {
	Name              string
	Base, Left, Right *Value
}

// Merge joins two changes of one base, field by field: what one side changed,
// added or removed wins over what the other left alone. Fields that both changed
// differently are returned as clashes; for those the result keeps Left's state.
// The order is Left's, then what Right added. Values are shared, not copied.
func Merge(base, left, right Fields) (Fields, []Clash) {
	var merged Fields
	var clashes []Clash
	for _, name := range union(left, right, base) {
		b, l, r := base.find(name), left.find(name), right.find(name)
		take := l
		switch {
		case same(l, r), same(b, r):
		case same(b, l):
			take = r
		default:
			clashes = append(clashes, Clash{Name: name, Base: b, Left: l, Right: r})
		}
		if take != nil {
			merged = append(merged, Field{Name: name, Value: *take})
		}
	}
	return merged, clashes
}

// union lists the names of all, each once, in the order of the first that has it.
func union(all ...Fields) []string {
	var seen Fields
	for _, fields := range all {
		for _, f := range fields {
			if seen.index(f.Name) < 0 {
				seen = append(seen, f)
			}
		}
	}
	return seen.Names()
}

func (f Fields) find(name string) *Value {
	if i := f.index(name); i >= 0 {
		return &f[i].Value
	}
	return nil
}

func same(a, b *Value) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}
