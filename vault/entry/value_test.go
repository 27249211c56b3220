package entry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"opsvault/policy/strictyaml"
)

func TestValueHides(t *testing.T) {
	const word = "hunter2"
	v := NewValue([]byte(word))
	fields := Fields{{Name: "password", Value: v}}
	secret := Secret{Binding: binding(t), Salt: strings.Repeat("ab", 32), Fields: fields}
	type holder struct {
		open   Value
		Open   *Value
		hidden Fields
		Map    map[string]Value
	}
	held := holder{v, &v, fields, map[string]Value{"a": v}}
	for name, x := range map[string]any{
		"value": v, "pointer": &v, "fields": fields, "secret": secret, "pointer to secret": &secret,
		"held": held, "pointer to held": &held, "slice": []Value{v}, "any": []any{v, secret}, "draft": Draft{Fields: fields},
		"clash": Clash{Left: &v},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%T"} {
			checkHidden(t, name+" "+verb, fmt.Sprintf(verb, x), word)
		}
		asJSON, _ := json.Marshal(x)
		checkHidden(t, name+" as JSON", string(asJSON), word)
		for _, handler := range []func(*bytes.Buffer) slog.Handler{
			func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b bytes.Buffer
			slog.New(handler(&b)).Info("x", "it", x)
			checkHidden(t, name+" in slog", b.String(), word)
		}
		asYAML, _ := strictyaml.Encode(struct {
			It any `yaml:"it"`
		}{x})
		checkHidden(t, name+" as YAML", string(asYAML), word)
	}
	if text := fmt.Sprint(v); text != Hidden {
		t.Errorf("a value shows %q", text)
	}
}

// checkHidden looks for a word as text, as hex and as the numbers of its bytes.
func checkHidden(t *testing.T, name, shown, word string) {
	t.Helper()
	for _, form := range []string{word, fmt.Sprintf("%x", word), fmt.Sprintf("%X", word), strings.Trim(fmt.Sprint([]byte(word)), "[]"), "aHVudGVyMg", strings.Repeat("ab", 32)} {
		if strings.Contains(shown, form) {
			t.Errorf("%s shows %q", name, shown)
		}
	}
}

func TestValueBytes(t *testing.T) {
	var zero Value
	if zero.Reveal() != nil || zero.Len() != 0 || !zero.Equal(NewValue(nil)) {
		t.Error("the zero value is not empty")
	}
	zero.Wipe()
	raw := []byte("hunter2")
	v := NewValue(raw)
	w := v.Clone()
	if !v.Equal(w) || v.Equal(NewValue([]byte("hunter3"))) || v.Len() != 7 {
		t.Error("values compare wrongly")
	}
	v.Wipe()
	if !bytes.Equal(raw, make([]byte, 7)) || v.Len() != 0 {
		t.Errorf("after Wipe: %q, %d bytes", raw, v.Len())
	}
	if string(w.Reveal()) != "hunter2" {
		t.Error("a clone was wiped with its original")
	}
}

func TestFieldName(t *testing.T) {
	for in, want := range map[string]string{
		"password": "password", "api_key-2.old": "api_key-2.old", "Кодовое слово": "Кодовое слово", "и\u0306": "й", "2fa": "2fa",
		strings.Repeat("я", 64): strings.Repeat("я", 64),
	} {
		if got, err := FieldName(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
	}
	for _, tt := range []struct {
		name, in string
		why      Reason
	}{
		{"nothing", "", Empty}, {"a space", " ", OuterSpace}, {"a trailing space", "a ", OuterSpace},
		{"a hyphen first", "-f", Character}, {"a dot first", ".a", Character}, {"a hash", "a#b", Character}, {"a slash", "a/b", Character},
		{"an equals sign", "a=b", Character}, {"a colon", "a:b", Character}, {"escape", "a\x1bb", Control}, {"override", "a\u202eb", Bidi},
		{"joiner", "a\u200db", Invisible}, {"a mark first", "\u0301a", Marks}, {"not UTF-8", "\xff", NotUTF8},
		{"65 characters", strings.Repeat("я", 65), TooLong}, {"endless", strings.Repeat("я", 5000), TooLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := FieldName(tt.in)
			var refused *TextError
			if !errors.As(err, &refused) || refused.Why != tt.why {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestFields(t *testing.T) {
	f := Fields{{"Login", NewValue([]byte("a"))}, {"password", NewValue([]byte("b"))}}
	if v, ok := f.Get("LOGIN"); !ok || string(v.Reveal()) != "a" {
		t.Error("a name in another case is not found")
	}
	if _, ok := f.Get("pin"); ok {
		t.Error("a name that is not there is found")
	}
	g := f.Set("PASSWORD", NewValue([]byte("c"))).Set("pin", NewValue([]byte("d"))).Without("login").Without("login")
	if got := strings.Join(g.Names(), " "); got != "password pin" {
		t.Errorf("names: %s", got)
	}
	if v, _ := f.Get("password"); string(v.Reveal()) != "b" || len(f) != 2 {
		t.Error("Set or Without changed what they were called on")
	}
	f.Wipe()
	if v, _ := f.Get("login"); v.Len() != 0 {
		t.Error("Wipe left a value")
	}
}
