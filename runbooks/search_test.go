package runbooks_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"opsvault/runbooks"
)

func searchText(id, title, useWhen string, symptoms ...string) string {
	return "---\nopsvault: runbook/v1\nid: " + id + "\ntitle: " + title + "\nuse_when:\n  - " + useWhen + "\nsymptoms:\n  - " +
		strings.Join(symptoms, "\n  - ") + "\nroles: [agent]\n---\n\n# " + title + "\n\n## P {#p}\n\n### 1. Look {#look}\n\n- [ ] Do it\n"
}

func searchTexts() (ids []string, texts [][]byte) {
	add := func(id, title, useWhen string, symptoms ...string) {
		ids = append(ids, id)
		texts = append(texts, []byte(searchText(id, title, useWhen, symptoms...)))
	}
	add("phones", "Телефония не работает", "Звонки не приходят", "нет гудка в трубке", "клиенты не могут дозвониться")
	add("internet", "Нет интернета в офисе", "Ни один сайт не открывается", "пропал интернет", "телефоны молчат")
	add("power", "Нет света", "Погас свет", "не горит свет, мониторы чёрные")
	add("printer", "The ticket printer is down", "The printer at the counter prints no tickets", "paper jam", "no receipt comes out")
	add("payment", "Service cut off for non-payment", "The provider has cut a service off", "invoice unpaid")
	add("phone-en", "Telephony is down", "Calls do not come in", "no dial tone", "softphone not registered")
	add("japan", "プリンターが動かない", "チケットが印刷されない", "紙詰まり")
	add("greek", "Δεν υπάρχει ίντερνετ", "Καμία σελίδα δεν ανοίγει", "Αργή σύνδεση")
	return ids, texts
}

func TestSearch(t *testing.T) {
	ids, texts := searchTexts()
	for _, test := range []struct{ query, other, want string }{
		{"гудок", "", "phones symptom"},
		{"нет гудков", "", "phones symptom"},
		{"интернет", "", "internet symptom"},
		{"интернета", "", "internet symptom"},
		{"интренет", "", "internet symptom"}, // two neighbours
		{"интренета", "", "internet symptom"},
		{"черные мониторы", "", "power symptom"},
		{"ЧЁРНЫЙ МОНИТОР", "", "power symptom"},
		{"дозвонится", "", "phones symptom"},
		{"телефонии", "", "internet symptom, phones title"},
		{"printr", "", "printer title"},
		{"pritner", "", "printer title"},
		{"recipt", "", "printer symptom"},
		{"tikcets", "", "printer use_when"},
		{"jam", "", "printer symptom"},
		{"jum", "", ""}, // three letters have to be right
		{"non-payment", "", "payment title"},
		{"dial tone", "", "phone-en symptom"},
		{"softfone registred", "", "phone-en symptom"},
		{"internet is down", "", "internet title, printer title, phone-en title"},
		{"ytn uelrf", "нет гудка", "phones symptom"},
		{"зкштеук", "printer", "printer title"},
		{"紙詰まり", "", "japan symptom"},
		{"印刷", "", "japan use_when"},
		{"συνδεση", "", "greek symptom"},
		{"что делать когда погас свет", "", "power use_when"},
		{"do it", "", "phone-en text, phones text, internet text, power text, printer text, payment text, japan text, greek text"},
		{"!!!", "", ""},
		{"", "", ""},
		{"xyzzy", "", ""},
	} {
		var got []string
		for i, f := range runbooks.Search(texts, test.query, test.other) {
			if i < 3 || test.query == "do it" {
				got = append(got, ids[f.Index]+" "+string(f.Where))
			}
		}
		if !strings.HasPrefix(strings.Join(got, ", ")+",", test.want+",") || test.want == "" && len(got) > 0 {
			t.Errorf("%q: got %s, want %s", test.query, strings.Join(got, ", "), test.want)
		}
	}
}

func TestSearchRanks(t *testing.T) {
	var texts [][]byte
	for _, text := range []string{
		front + "# X\n\n## P {#p}\n\n### 1. S {#s}\n\n- [ ] the [antenna](vault:a/b) is **broken**\n",
		strings.Replace(front, "use_when: always", "use_when: the antenna is broken", 1) + "# X\n",
		strings.Replace(front, "title: X", "title: The antenna is broken", 1) + "# X\n",
		searchText("x", "X", "X", "something", "the antenna is broken"),
		searchText("y", "The antenna", "X", "something", "it is broken"),
	} {
		texts = append(texts, []byte(text))
	}
	want := []string{"symptom 9 the antenna is broken", "symptom 9 it is broken", "title 4 The antenna is broken",
		"use_when 8 the antenna is broken", "text 18 1. S: the antenna is broken"}
	found := runbooks.Search(texts, "antenna broken")
	if len(found) != len(want) {
		t.Errorf("found %d", len(found))
	}
	for i, f := range found {
		got := fmt.Sprint(f.Where, " ", f.Line, " ", f.Text)
		if f.Number > 0 {
			got = fmt.Sprint(f.Where, " ", f.Line, " ", f.Number, ". ", f.Step, ": ", f.Text)
		}
		if i >= len(want) || got != want[i] {
			t.Errorf("%d: got %s", i, got)
		}
	}
}

// TestSearchOfHostileTexts: whatever lies in a vault, a search ends soon and finds the others.
func TestSearchOfHostileTexts(t *testing.T) {
	_, texts := searchTexts()
	for _, hostile := range []string{"---", "---\ntitle: [", strings.Repeat("a", 1<<20), strings.Repeat("é ", 1<<18), strings.Repeat("](", 1<<18),
		"\xff\xfe\x00", "### " + strings.Repeat("9", 4000) + ". x", strings.Repeat("\n", 1<<20)} {
		texts = append(texts, []byte(hostile))
	}
	began := time.Now()
	found := runbooks.Search(texts, "нет гудка "+strings.Repeat("абвгдежз ", 100))
	t.Log(len(found), time.Since(began))
	if found := runbooks.Search(texts, "гудок"); len(found) != 1 {
		t.Errorf("found %d", len(found))
	}
	runbooks.Search(texts, strings.Repeat("я", 1<<20))
}

// manyTexts are runbooks of a usual size with many different words: the shipped ones, misspelt at random.
func manyTexts(tb testing.TB, n int) [][]byte {
	tb.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var shipped []string
	for _, lang := range []string{"en", "ru"} {
		text, err := os.ReadFile("library/" + lang + "/no-internet.md")
		if err != nil {
			tb.Fatal(err)
		}
		shipped = append(shipped, string(text))
	}
	texts := make([][]byte, n)
	for i := range texts {
		words := strings.Split(shipped[i%len(shipped)], " ")
		for range len(words) / 8 {
			at := random.IntN(len(words))
			runes := []rune(words[at])
			if len(runes) > 3 && !strings.Contains(words[at], "\n") {
				runes[random.IntN(len(runes))] = 'а' + rune(random.IntN(30))
				words[at] = string(runes)
			}
		}
		texts[i] = []byte(strings.Join(words, " "))
	}
	return texts
}

// BenchmarkSearch looks through 500 runbooks, as docs/budgets.md counts: 100 ms at most.
func BenchmarkSearch(b *testing.B) {
	texts := manyTexts(b, 500)
	for _, query := range []string{"интренет", "no dial tone", "клиенты не могут дозвониться", "xyzzy plugh foobar"} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				runbooks.Search(texts, query, "ghbdtn vbh")
			}
		})
	}
}
