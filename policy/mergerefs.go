package policy

import (
	"fmt"
	"slices"

	"opsvault/policy/strictyaml"
)

// references takes away what still names something that is gone on one side.
func (m *merger) references() {
	for _, side := range []*Document{m.a, m.b} {
		for _, id := range sorted(side.Members) {
			if m.d.Members[id] == nil {
				m.d.RemoveMember(id)
			}
		}
		for _, id := range sorted(side.Roles) {
			if m.d.Roles[id] == nil {
				m.d.RemoveRole(id)
			}
		}
		for _, id := range sorted(side.Safes) {
			if m.d.Safes[id] == nil {
				m.d.RemoveSafe(id)
			}
		}
		for _, id := range sorted(side.Duties) {
			if m.d.Duties[id] == nil {
				m.dropDuty(id)
			}
		}
	}
	for _, id := range sorted(m.d.Members) { // acting hands over what somebody has
		m.d.SetRoles(id, m.d.Members[id].Roles)
	}
	m.titles()
}

func (m *merger) dropDuty(id string) {
	for i := range m.d.Acting {
		drop(&m.d.Acting[i].Duties, id)
	}
}

// titles takes a safe's title away that another safe has: each side may have given it.
func (m *merger) titles() {
	taken := map[string]string{}
	for _, id := range sorted(m.d.Safes) {
		taken[fold(id)] = id
	}
	for _, id := range sorted(m.d.Safes) {
		s := m.d.Safes[id]
		for _, lang := range sorted(s.Title) {
			name := fold(s.Title[lang])
			if other, ok := taken[name]; ok && other != id {
				m.clash("safes."+id+".title", s.Title[lang], s.Title[lang], "")
				s.Title = nil
				break
			}
			taken[name] = id
		}
	}
}

// sameText compares two things by how they would be written.
func sameText[T any](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return shown(a) == shown(b)
}

// shown is how a value would be written, in one line.
func shown(x any) string {
	switch x := x.(type) {
	case string:
		return x
	case fmt.Stringer:
		return x.String()
	case int:
		return fmt.Sprint(x)
	case Reason:
		return string(x)
	}
	text, err := strictyaml.Encode(struct {
		V any `yaml:"v"`
	}{x})
	if err != nil {
		return fmt.Sprintf("%v", x)
	}
	return oneLine(string(text))
}

func oneLine(text string) string {
	out := []rune{}
	for _, r := range text {
		if r == '\n' {
			r = ' '
		}
		out = append(out, r)
	}
	return string(slices.Clip(out))
}
