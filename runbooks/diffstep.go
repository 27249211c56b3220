package runbooks

import (
	"slices"
	"strings"
)

// step compares one step with what it was.
func (d *differ) step(older, newer *Step, kept bool) {
	part := &stepDiffer{differ: d, at: Change{Step: newer.ID, Number: newer.Number, Was: older.Number, Title: newer.Title}}
	oldPhase, newPhase := "", ""
	if d.phaseKeys[older.Phase] != d.phaseKeys[newer.Phase] {
		oldPhase, newPhase = older.Phase.Title, newer.Phase.Title
	}
	switch {
	case !kept || oldPhase != newPhase:
		part.add(StepMoved, "", oldPhase, newPhase)
	case older.Number != newer.Number:
		part.add(StepRenumbered, "", "", "")
	}
	part.pair(StepNewID, "", older.ID, newer.ID)
	part.pair(StepRenamed, "", older.Title, newer.Title)
	was := metaLines(older)
	for i, line := range metaLines(newer) {
		part.pair(MetaChanged, line.key, was[i].value, line.value)
	}
	part.body(older, newer)
	part.decision(older.Decision, newer.Decision)
	part.links(older, newer)
}

// A stepDiffer notes the changes of one step.
type stepDiffer struct {
	*differ
	at Change
}

func (d *stepDiffer) add(kind ChangeKind, name, older, newer string) {
	c := d.at
	c.Kind, c.Name, c.Old, c.New = kind, name, older, newer
	d.differ.add(c)
}

func (d *stepDiffer) pair(kind ChangeKind, name, older, newer string) {
	if older != newer {
		d.add(kind, name, older, newer)
	}
}

// A part is a block as it is compared.
type part struct {
	kind ChangeKind // what its change is called
	name string
	text string
}

// body compares the blocks, kind by kind: that a check was moved over a paragraph is not two changes.
func (d *stepDiffer) body(older, newer *Step) {
	was, is := partsOf(older.Blocks), partsOf(newer.Blocks)
	before := len(d.list)
	for _, kinds := range [][3]ChangeKind{
		{CheckChanged, CheckAdded, CheckRemoved}, {FenceChanged, FenceAdded, FenceRemoved},
		{NoteChanged, NoteAdded, NoteRemoved}, {TextChanged, TextAdded, TextRemoved},
	} {
		d.parts(ofKind(was, kinds[0]), ofKind(is, kinds[0]), kinds)
	}
	if len(d.list) == before && lookOf(older.Blocks) != lookOf(newer.Blocks) {
		d.add(OrderChanged, "", "", "")
	}
}

func ofKind(parts []part, kind ChangeKind) []part {
	return slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return p.kind != kind })
}

// parts tells what was added, removed and, where the words are much the same, changed.
func (d *stepDiffer) parts(was, is []part, kinds [3]ChangeKind) {
	for _, gap := range gaps(was, is) {
		old, new := was[gap.a:gap.aEnd], is[gap.b:gap.bEnd]
		for len(old) > 0 || len(new) > 0 {
			switch {
			case len(old) > 0 && len(new) > 0 && old[0].name == new[0].name && alike(old[0].text, new[0].text):
				d.add(kinds[0], new[0].name, old[0].text, new[0].text)
				old, new = old[1:], new[1:]
			case len(old) > 0 && (len(old) >= len(new)):
				d.add(kinds[2], old[0].name, old[0].text, "")
				old = old[1:]
			default:
				d.add(kinds[1], new[0].name, "", new[0].text)
				new = new[1:]
			}
		}
	}
}

// A gap is a stretch of two lists between what they have in common.
type gap struct{ a, aEnd, b, bEnd int }

// maxCells bounds the table that finds what two lists have in common; beyond it the whole middle is one gap.
const maxCells = 1 << 20

// gaps are the stretches between a longest common part of two lists.
func gaps(a, b []part) []gap {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	a, b = a[start:len(a)-end], b[start:len(b)-end]
	if len(a) == 0 && len(b) == 0 {
		return nil
	}
	if (len(a)+1)*(len(b)+1) > maxCells {
		return []gap{{start, start + len(a), start, start + len(b)}}
	}
	common := commonTable(a, b)
	var list []gap
	open := gap{start, start, start, start}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			list = appendGap(list, open, start+i, start+j)
			i, j = i+1, j+1
			open = gap{start + i, 0, start + j, 0}
		case common[i+1][j] >= common[i][j+1]:
			i++
		default:
			j++
		}
	}
	return appendGap(list, open, start+len(a), start+len(b))
}

func appendGap(list []gap, open gap, aEnd, bEnd int) []gap {
	open.aEnd, open.bEnd = aEnd, bEnd
	if open.a == open.aEnd && open.b == open.bEnd {
		return list
	}
	return append(list, open)
}

// commonTable holds, for each pair of places, how long a common part of what follows them is.
func commonTable(a, b []part) [][]int32 {
	table := make([][]int32, len(a)+1)
	for i := range table {
		table[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}

// alike reports two texts of which more than a third of the words are the same.
func alike(a, b string) bool {
	count := map[string]int{}
	older, newer := strings.Fields(a), strings.Fields(b)
	for _, word := range older {
		count[word]++
	}
	same := 0
	for _, word := range newer {
		if count[word] > 0 {
			count[word]--
			same++
		}
	}
	return 3*same > max(len(older), len(newer))
}

// decision compares the question and where its answers lead.
func (d *stepDiffer) decision(older, newer *Decision) {
	d.pair(Question, "", question(older), question(newer))
	was, is := answersOf(older), answersOf(newer)
	oldKeys, newKeys := keysOf(was, answerText), keysOf(is, answerText)
	kept := inOrder(oldKeys, newKeys)
	for i, answer := range is {
		at := slices.Index(oldKeys, newKeys[i])
		if at < 0 {
			d.add(AnswerAdded, answer.Text, "", answer.Target.String())
			continue
		}
		if was[at].Target.String() != answer.Target.String() {
			d.add(AnswerTarget, answer.Text, was[at].Target.String(), answer.Target.String())
		}
		if !kept[newKeys[i]] {
			d.add(OrderChanged, answer.Text, "", "")
		}
	}
	for i, answer := range was {
		if !slices.Contains(newKeys, oldKeys[i]) {
			d.add(AnswerRemoved, answer.Text, answer.Target.String(), "")
		}
	}
}

func answerText(a Answer) string { return a.Text }

func question(d *Decision) string {
	if d == nil {
		return ""
	}
	return written(d.Question)
}

func answersOf(d *Decision) []Answer {
	if d == nil {
		return nil
	}
	return d.Answers
}

// links compares the credentials, calls and other actions as sets: whoever approves a version has to see a new one, however
// little of the words around it has changed.
func (d *stepDiffer) links(older, newer *Step) {
	was, is := targetsOf(older.Links), targetsOf(newer.Links)
	for _, target := range is {
		if !slices.Contains(was, target) {
			d.add(LinkAdded, "", "", target)
		}
	}
	for _, target := range was {
		if !slices.Contains(is, target) {
			d.add(LinkRemoved, "", target, "")
		}
	}
}

func targetsOf(links []Link) []string {
	var list []string
	for _, link := range links {
		if target := link.Target.String(); !slices.Contains(list, target) {
			list = append(list, target)
		}
	}
	return list
}
