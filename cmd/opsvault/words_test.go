package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"opsvault/cmd/opsvault/text"
	"opsvault/policy"
	"opsvault/policy/strictyaml"
	"opsvault/vault"
	"opsvault/vault/entry"
)

// constants finds the string constants of a type in the source of a room.
func constants(t *testing.T, room, typeName string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(room), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if of, named := spec.Type.(*ast.Ident); !named || of.Name != typeName {
				return true
			}
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
				value, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				found = append(found, value)
			}
			return true
		})
	}
	if len(found) < 5 {
		t.Fatalf("only %d constants of type %s in %s", len(found), typeName, room)
	}
	return found
}

func TestEveryCodeHasWords(t *testing.T) {
	tr := text.New(text.Russian, nil)
	for _, code := range constants(t, "policy/strictyaml", "Code") {
		if !tr.Has(text.Key("yaml." + code)) {
			t.Errorf("no words for the fault %q", code)
		}
	}
	for _, code := range constants(t, "policy", "Code") {
		if !tr.Has(text.Key("problem." + code)) {
			t.Errorf("no words for the problem %q", code)
		}
	}
	for _, why := range constants(t, "vault/entry", "Reason") {
		if words := reasonWords(tr, "text.", "x", entry.Reason(why), 'x'); words == why {
			t.Errorf("no words for the reason %q", why)
		}
	}
}

func TestErrorsInBothLanguages(t *testing.T) {
	fault := strictyaml.Error{Line: 3, Column: 5, Code: strictyaml.CodeUnknown, Subject: "nmae", Near: "name", Msg: `unknown key "nmae"; did you mean "name"?`}
	title := &entry.TextError{Key: "title", Text: "a\x1b[2Jb", Why: entry.Control, Char: 0x1b}
	problem := policy.Problem{Code: policy.CodeMember, Path: []string{"safes", "x"}, Subject: "ivna", Near: "ivan", Msg: `there is no member "ivna"; did you mean "ivan"?`}
	denial := vault.DeniedError{Member: "ivan", Capability: policy.Read, On: "office/x", Decision: policy.Decision{Why: "safes.office.access"}}
	askable := denial
	askable.Decision.Ask = []string{"maria", "anna"}
	tests := []struct {
		name   string
		err    error
		code   int
		en, ru string // somewhere in the message or the hint
	}{
		{"a fault of YAML", strictyaml.Errors{fault}, codeUsage, `line 3, column 5: unknown key "nmae"; did you mean "name"?`, "строка 3, столбец 5: «nmae» здесь не бывает (может быть, name?)"},
		{"a text in YAML", strictyaml.Errors{{Line: 1, Column: 2, Code: strictyaml.CodeValue, Msg: title.Error(), Err: title}}, codeUsage, "the title: it holds a control character (U+001B)", "название: "},
		{"two faults", strictyaml.Errors{fault, fault}, codeUsage, "used:\n  line 3", "годится:\n  строка 3"},
		{"a text", title, codeUsage, "the title: it holds", "ничего не изменено"},
		{"a problem of a policy", &vault.PolicyError{Problems: []policy.Problem{problem}}, codeUsage, "\n  safes.x: there is no member", "\n  safes.x: участника ivna нет (может быть, ivan?)"},
		{"nobody governs", &vault.PolicyError{Problems: []policy.Problem{{Code: policy.CodeGovern}}}, codeUsage, "first let somebody else govern", "сначала дайте управляющую роль"},
		{"denied, and somebody can grant", &askable, codeDenied, "ask maria, anna", "попросите maria, anna"},
		{"denied, and nobody can", &denial, codeDenied, "nobody can grant it now", "дать это сейчас некому"},
		{"a damaged file", &vault.IntegrityError{File: "opsvault.yaml", Err: strictyaml.Errors{fault}}, codeIntegrity, "line 3, column 5: unknown key", "строка 3, столбец 5"},
		{"a file damaged otherwise", &vault.IntegrityError{File: "x", Err: errors.New("odd")}, codeIntegrity, "x: odd", "файл x не прошёл проверку: odd"},
		{"two policies", vault.ErrFork, codeIntegrity, "two newest versions", "две последние версии"},
		{"in transit", &vault.TransitError{Device: "abc"}, codeIntegrity, "copy the whole vault again", "целиком ещё раз"},
		{"a safe that is taken", &vault.ExistsError{What: "safe", Name: "sms"}, codeUsage, "opsvault safe set sms", "opsvault safe set sms"},
		{"a runbook that is taken", &vault.ExistsError{What: "runbook", Name: "x"}, codeUsage, "choose another name", "возьмите другое имя"},
		{"a missing entry", &vault.NotFoundError{What: "entry", Name: "office/x"}, codeNotFound, "opsvault ls", "opsvault ls"},
		{"one with another near", &vault.NotFoundError{What: "entry", Name: "office/x", Near: []string{"office/y"}}, codeNotFound, "did you mean office/y?", "может быть, office/y?"},
		{"a safe, typed on the other keyboard", &vault.NotFoundError{What: "safe", Name: "ифтл", Near: []string{"@audit", "bank"}}, codeNotFound, "did you mean bank?", "может быть, bank?"},
		{"a safe like none", &vault.NotFoundError{What: "safe", Name: "zzz", Near: []string{"@audit", "bank"}}, codeNotFound, "there are: bank", "есть: bank"},
		{"no safe at all", &vault.NotFoundError{What: "safe", Name: "zzz", Near: []string{"@audit"}}, codeNotFound, "opsvault safe add", "opsvault safe add"},
		{"a version", &vault.NotFoundError{What: "version", Name: "office/x@7"}, codeNotFound, "office/x has no version 7", "у office/x нет версии 7"},
		{"anything else", &vault.NotFoundError{What: "thing", Name: "x"}, codeNotFound, "not found: x (thing)", "не найдено: x (thing)"},
		{"somebody without keys", &vault.WhoError{Asked: "oleg", Members: []string{"ivan"}}, codeLocked, "oleg has no keys", "на этой машине есть ivan"},
		{"one of several", &vault.WhoError{Members: []string{"ivan", "anna"}}, codeUsage, "ivan, anna", "ivan, anna"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for lang, want := range map[text.Lang]string{text.English: tt.en, text.Russian: tt.ru} {
				r := explain(tt.err, text.New(lang, nil), false)
				if r.Code != tt.code || !strings.Contains(r.Error+"\n"+r.Hint, want) {
					t.Errorf("%s: got %+v, want %d and %q", lang, r, tt.code, want)
				}
				if strings.ContainsAny(r.Error+r.Hint, "\x1b{}") {
					t.Errorf("%s: an escape or a placeholder is left: %+v", lang, r)
				}
			}
		})
	}
}
