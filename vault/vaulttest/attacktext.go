package vaulttest

import (
	"bytes"
	"strings"
)

// Attacks by a writer who seals texts that are no honest card or secret.
func textAttacks() []Attack {
	return []Attack{
		{"card-yaml-anchor", CardYAMLAnchor},
		{"card-yaml-bomb", CardYAMLBomb},
		{"card-yaml-duplicate-key", CardYAMLDuplicateKey},
		{"card-yaml-unknown-key", CardYAMLUnknownKey},
		{"card-yaml-merge-key", CardYAMLMergeKey},
		{"card-yaml-tag", CardYAMLTag},
		{"card-yaml-bom", CardYAMLBOM},
		{"card-yaml-two-documents", CardYAMLTwoDocuments},
		{"card-yaml-deep", CardYAMLDeep},
		{"card-oversized", CardOversized},
		{"secret-yaml-bomb", SecretYAMLBomb},
		{"secret-field-twice", SecretFieldTwice},
		{"title-escape", TitleEscape},
		{"title-bidi", TitleBidi},
		{"path-dotdot", PathDotdot},
		{"path-escape", PathEscape},
		{"url-javascript", URLJavascript},
	}
}

// putCard writes the next version of Trunk with another text of the card.
func (w *World) putCard(edit func(string) string) error {
	return w.putSealed(func(n *Version) error {
		text, err := n.Card.Encode()
		n.CardText = []byte(edit(string(text)))
		return err
	})
}

// titled replaces the title, YAML and all.
func titled(yaml string) func(string) string {
	return func(card string) string { return strings.Replace(card, "title: SIP trunk\n", "title: "+yaml+"\n", 1) }
}

// CardYAMLAnchor has an anchor and an alias.
func CardYAMLAnchor(w *World) error { return w.putCard(titled("&a SIP trunk\nowner: *a")) }

// CardYAMLBomb is the billion laughs.
func CardYAMLBomb(w *World) error {
	return w.putCard(func(card string) string { return card + "tags: *i\n" + bomb() })
}

func bomb() string {
	var b strings.Builder
	b.WriteString("a: &a [x, x, x, x, x, x, x, x, x, x]\n")
	for c := 'b'; c <= 'i'; c++ {
		last := string(c - 1)
		b.WriteString(string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+last+", ", 9) + "*" + last + "]\n")
	}
	return b.String()
}

// CardYAMLDuplicateKey has two titles.
func CardYAMLDuplicateKey(w *World) error { return w.putCard(titled("SIP trunk\ntitle: other")) }

// CardYAMLUnknownKey has a key of no card.
func CardYAMLUnknownKey(w *World) error { return w.putCard(titled("SIP trunk\ntrusted: yes")) }

// CardYAMLMergeKey merges a mapping into the card.
func CardYAMLMergeKey(w *World) error { return w.putCard(titled("SIP trunk\n<<: {owner: ivan}")) }

// CardYAMLTag has a type of its own.
func CardYAMLTag(w *World) error { return w.putCard(titled("!!binary U0lQIHRydW5r")) }

// CardYAMLBOM begins with a byte order mark.
func CardYAMLBOM(w *World) error {
	return w.putCard(func(card string) string { return "\ufeff" + card })
}

// CardYAMLTwoDocuments has a second card behind the first.
func CardYAMLTwoDocuments(w *World) error {
	return w.putCard(func(card string) string { return card + "---\n" + card })
}

// CardYAMLDeep nests its tags 100,000 deep.
func CardYAMLDeep(w *World) error {
	return w.putCard(func(card string) string {
		return card + "tags: " + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "\n"
	})
}

// CardOversized has a note of 300 KiB.
func CardOversized(w *World) error {
	return w.putCard(func(card string) string { return card + "note: " + strings.Repeat("a", 300<<10) + "\n" })
}

// SecretYAMLBomb is the billion laughs in the secret.
func SecretYAMLBomb(w *World) error {
	return w.putSealed(func(n *Version) error {
		text, err := n.Secret.Encode()
		n.SecretText = append(text, bomb()...)
		return err
	})
}

// SecretFieldTwice has two passwords: readers may differ about which counts.
func SecretFieldTwice(w *World) error {
	return w.putSealed(func(n *Version) error {
		text, err := n.Secret.Encode()
		n.SecretText = bytes.Replace(text, []byte("  password:"), []byte("  password: other\n  password:"), 1)
		return err
	})
}

// TitleEscape clears the reader's screen and moves the cursor.
func TitleEscape(w *World) error { return w.putCard(titled(`"\e[2J\e[1;1HSIP trunk"`)) }

// TitleBidi turns the direction of the text that follows.
func TitleBidi(w *World) error { return w.putCard(titled(`"SIP \u202etrunk"`)) }

// pathed replaces the path.
func pathed(yaml string) func(string) string {
	return func(card string) string {
		return strings.Replace(card, "path: telephony/sip-trunk\n", "path: "+yaml+"\n", 1)
	}
}

// PathDotdot leads out of the safe.
func PathDotdot(w *World) error { return w.putCard(pathed("telephony/../office/wifi")) }

// PathEscape has an escape sequence in its path.
func PathEscape(w *World) error { return w.putCard(pathed(`"telephony/sip\e[31m-trunk"`)) }

// URLJavascript runs in the browser that it is pasted into.
func URLJavascript(w *World) error {
	return w.putCard(titled("SIP trunk\nurl: \"javascript:alert(1)\""))
}
