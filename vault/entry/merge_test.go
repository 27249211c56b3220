package entry

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// parseFields makes fields of "a=1 b=2".
func parseFields(text string) Fields {
	var f Fields
	for _, pair := range strings.Fields(text) {
		name, value, _ := strings.Cut(pair, "=")
		f = append(f, Field{Name: name, Value: NewValue([]byte(value))})
	}
	return f
}

func formatFields(f Fields) string {
	var pairs []string
	for _, field := range f {
		pairs = append(pairs, field.Name+"="+string(field.Value.Reveal()))
	}
	return strings.Join(pairs, " ")
}

func TestMerge(t *testing.T) {
	for _, tt := range []struct{ name, base, left, right, want, clashes string }{
		{"nothing changed", "a=1 b=2", "a=1 b=2", "a=1 b=2", "a=1 b=2", ""},
		{"two fields", "a=1 b=2", "a=3 b=2", "a=1 b=4", "a=3 b=4", ""},
		{"the same change", "a=1", "a=2", "a=2", "a=2", ""},
		{"both, differently", "a=1 b=2", "a=3 b=2", "a=4 b=5", "a=3 b=5", "a"},
		{"both added", "", "x=1", "y=2", "x=1 y=2", ""},
		{"both added one, differently", "", "x=1", "x=2", "x=1", "x"},
		{"removed by one", "a=1 b=2", "b=2", "a=1 b=2", "b=2", ""},
		{"removed by the other", "a=1 b=2", "a=1 b=2", "b=2", "b=2", ""},
		{"removed by both", "a=1", "", "", "", ""},
		{"removed and changed", "a=1", "", "a=2", "", "a"},
		{"another case of a name", "a=1", "A=2", "a=1", "A=2", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			merged, clashes := Merge(parseFields(tt.base), parseFields(tt.left), parseFields(tt.right))
			if got := formatFields(merged); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := clashNames(clashes); got != tt.clashes {
				t.Errorf("clashes %q, want %q", got, tt.clashes)
			}
		})
	}
}

func clashNames(clashes []Clash) string {
	var names []string
	for _, c := range clashes {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func anyFields() *rapid.Generator[Fields] {
	return rapid.Map(rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "d"}), rapid.SampledFrom([]string{"1", "2", ""})),
		func(m map[string]string) Fields {
			var f Fields
			for name, value := range m {
				f = append(f, Field{Name: name, Value: NewValue([]byte(value))})
			}
			return sorted(f)
		})
}

func sorted(f Fields) Fields {
	f = slices.Clone(f)
	slices.SortFunc(f, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return f
}

func TestMergeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, left, right := anyFields().Draw(t, "base"), anyFields().Draw(t, "left"), anyFields().Draw(t, "right")
		one, clashes := Merge(base, left, right)
		other, back := Merge(base, right, left)
		if clashNames(clashes) != clashNames(back) {
			t.Fatalf("clashes depend on the side: %v, %v", clashes, back)
		}
		for _, c := range clashes { // where both clash, each side keeps its own
			one, other = one.Without(c.Name), other.Without(c.Name)
		}
		if formatFields(sorted(one)) != formatFields(sorted(other)) {
			t.Fatalf("%q from the left, %q from the right", formatFields(one), formatFields(other))
		}
		for name, same := range map[string][3]Fields{
			"a side with itself": {base, left, left}, "a change with none": {base, left, base}, "none with a change": {base, base, left},
		} {
			merged, clashes := Merge(same[0], same[1], same[2])
			if len(clashes) > 0 || formatFields(sorted(merged)) != formatFields(left) {
				t.Fatalf("%s: %q, %v; want %q", name, formatFields(merged), clashes, formatFields(left))
			}
		}
	})
}
