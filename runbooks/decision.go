package runbooks

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// An answerShape says how near an item is to "**Answer** → [Title](#id)".
type answerShape int

const (
	noAnswer   answerShape = iota
	nearAnswer             // it has an arrow and a jump, but not the form
	goodAnswer
)

var bareTarget = lazily(`^(?:→|->)\s*((?:#|runbook:)[a-z0-9-]+)$`)

// answerOf reads an item as an answer.
func answerOf(text Text) (Answer, answerShape) {
	arrow, target := false, (*Target)(nil)
	for i, span := range text {
		before := i > 0 && (strings.HasSuffix(strings.TrimSpace(text[i-1].Text), "→") || strings.HasSuffix(strings.TrimSpace(text[i-1].Text), "->"))
		if span.Kind == LinkSpan && before && (span.Link.Target.IsJump() || span.Link.Target.Scheme == SchemeRunbook) {
			arrow, target = true, &span.Link.Target
		}
	}
	if len(text) == 2 && target == nil {
		if m := bareTarget().FindStringSubmatch(strings.TrimSpace(text[1].Text)); m != nil {
			t, ok := parseTarget(m[1], text[1].Pos, &findings{})
			if ok && text[0].Kind == Strong {
				return Answer{strings.TrimSpace(text[0].Text), text[0].Pos, t}, goodAnswer
			}
		}
	}
	switch {
	case !arrow:
		return Answer{}, noAnswer
	case len(text) >= 3 && text[0].Kind == Strong && text[2].Kind == LinkSpan && isArrow(text[1].Text) && isNothing(text[3:]):
		return Answer{strings.TrimSpace(text[0].Text), text[0].Pos, *target}, goodAnswer
	}
	return Answer{}, nearAnswer
}

func isArrow(s string) bool {
	s = strings.TrimSpace(s)
	return s == "→" || s == "->"
}

func isNothing(text Text) bool { return strings.Trim(text.String(), " .;") == "" }

// decision reads a question and the list behind it, if that is what they are.
func (b *body) decision(question, next ast.Node, depth int) bool {
	list, ok := next.(*ast.List)
	if !ok || depth > 0 || b.note > 0 || b.step.Decision != nil || !strings.HasSuffix(strings.TrimRight(raw(b.src, question), " *_\n"), "?") {
		return false
	}
	answers, any := b.answers(list)
	if !any {
		return false
	}
	d := &Decision{Question: b.inline(question, b.step), Pos: blockPos(b.src, question), Answers: answers}
	seen := map[string]bool{}
	for _, answer := range answers {
		if key := strings.ToLower(answer.Text); seen[key] {
			b.found.add(answer.Pos, "answer-twice", "answer", answer.Text)
		} else {
			seen[key] = true
		}
	}
	b.step.Decision = d
	return true
}

// answers reads the items of a list, and reports false where none looks like an answer.
func (b *body) answers(list *ast.List) ([]Answer, bool) {
	if !b.anyAnswer(list) {
		return nil, false
	}
	var answers []Answer
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		head := item.FirstChild()
		if head != nil && isTextual(head) && !isCheckbox(head) && head.NextSibling() == nil {
			if answer, shape := answerOf(b.inline(head, b.step)); shape == goodAnswer {
				answers = append(answers, answer)
				continue
			}
		}
		b.found.add(blockPos(b.src, item), "answer-form")
	}
	return answers, true
}

func (b *body) anyAnswer(list *ast.List) bool {
	quiet := &reader{src: b.src, found: &findings{}}
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		if head := item.FirstChild(); head != nil && isTextual(head) {
			if _, shape := answerOf(quiet.inline(head, nil)); shape != noAnswer {
				return true
			}
		}
	}
	return false
}
