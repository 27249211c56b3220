package paper

import (
	"strings"

	"opsvault/runbooks"
)

// A blockView is one row of a step.
type blockView struct {
	*sheetView
	Kind     string // prose, item, heading, check, command, notice, text, caution, stop, stuck, undo, note
	Depth    int
	Marker   string
	Text     []run
	Response string
	Ticked   bool
	First    bool // the next thing that is to be done
	Label    string
	Lines    [][]run
	Inner    []*blockView
}

// blocks views the pieces of a step; of is nil outside of steps.
func (s *sheetView) blocks(of *stepView, list []runbooks.Block) []*blockView {
	var views []*blockView
	for _, b := range list {
		v := &blockView{sheetView: s, Depth: min(b.Depth, 4)}
		switch {
		case b.Check != nil:
			v.check(of, b.Check)
		case b.Fence != nil:
			v.fence(b.Fence)
		case b.Note != nil:
			v.note(of, b.Note)
		case b.Kind == runbooks.Item:
			v.Kind, v.Marker, v.Text = "item", b.Marker, s.runs(b.Text, false)
		case b.Kind == runbooks.Heading:
			v.Kind, v.Text = "heading", s.runs(b.Text, false)
		default:
			v.Kind, v.Text = "prose", s.runs(b.Text, false)
		}
		views = append(views, v)
	}
	return views
}

func (v *blockView) check(of *stepView, c *runbooks.Check) {
	v.Kind, v.Text, v.Response = "check", v.runs(c.Challenge, true), c.Response
	if of == nil || of.Run == nil {
		return
	}
	v.Ticked = of.ticked(c)
	v.First = of.Here && v.next.Check != nil && v.next.Check.Number == c.Number
}

func (v *blockView) fence(f *runbooks.Fence) {
	switch f.Kind {
	case runbooks.RunFence:
		v.Kind, v.Label = "command", v.W("command")
	case runbooks.NoticeFence:
		v.Kind, v.Label = "notice", v.W("notice", "via", strings.Join(f.Via, ", "))
	default:
		v.Kind = "text"
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(f.Text, "\n"), "\n") {
		if f.Kind == runbooks.NoticeFence {
			v.Lines = append(v.Lines, v.filled(runPlain, line))
			continue
		}
		v.Lines = append(v.Lines, []run{{Kind: runPlain, Text: line}})
	}
}

func (v *blockView) note(of *stepView, n *runbooks.Note) {
	v.Inner = v.blocks(of, n.Blocks)
	switch n.Kind {
	case runbooks.CautionNote:
		v.Kind, v.Label = "caution", v.W("caution")
		v.Ticked = of != nil && of.Run != nil && of.Here && of.Run.State.Steps[of.step.ID].Acknowledged
	case runbooks.StopNote:
		v.Kind = "stop"
	case runbooks.StuckNote:
		v.Kind = "stuck"
	case runbooks.UndoNote:
		v.Kind = "undo"
	default:
		v.Kind = "note"
	}
}
