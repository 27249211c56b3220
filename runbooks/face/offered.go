package face

import (
	"slices"

	"opsvault/runbooks"
)

// offered are the keys that make sense now.
func (v View) offered(book *runbooks.Runbook) []Key {
	switch v.Prompt.Kind {
	case runbooks.PromptNone:
		return nil
	case runbooks.PromptPaper:
		return []Key{Info, Help}
	case runbooks.PromptResume:
		return []Key{Write, HandOver, Info, Quit, Stop, Help}
	}
	return slices.Concat(v.ofStep(), v.ofRun(), v.always(book))
}

// ofStep are the keys for what the step brings with it.
func (v View) ofStep() []Key {
	if v.Step == nil {
		return nil
	}
	var list []Key
	if len(v.Step.Credentials()) > 0 {
		list = append(list, Reveal, Copy)
	} else if len(Notices(v.Step)) > 0 {
		list = append(list, Copy)
	}
	if v.Prompt.Kind == runbooks.PromptCommand && !v.Prompt.Unsettled {
		list = append(list, ByHand)
	}
	if f := v.Prompt.Fence; f != nil && v.Prompt.Kind != runbooks.PromptCommand && v.Status.Commands[f.Number].Tries > 0 && v.Status.Commands[f.Number].Again() {
		list = append(list, Again)
	}
	if len(Calls(v.Step)) > 0 {
		list = append(list, Call)
	}
	if len(linksOf(v.Step, runbooks.SchemeEvidence)) > 0 {
		list = append(list, Evidence)
	}
	if len(Notices(v.Step)) > 0 {
		list = append(list, Notice)
	}
	return list
}

// ofRun are the keys for what waits beside the step.
func (v View) ofRun() []Key {
	var list []Key
	if len(Only(v.Items, Aside)) > 0 || v.Step != nil && len(v.Step.With) > 0 {
		list = append(list, Beside)
	}
	if len(Only(v.Items, Timer))+len(Only(v.Items, Reminder)) > 0 {
		list = append(list, Due)
	}
	if len(Only(v.Items, Pending)) > 0 && v.State.Undoing == nil && v.Prompt.Kind != runbooks.PromptUndo {
		list = append(list, Undo)
	}
	return list
}

func (v View) always(book *runbooks.Runbook) []Key {
	list := []Key{Write}
	switch v.Prompt.Kind {
	case runbooks.PromptDecision:
	case runbooks.PromptUndo, runbooks.PromptBeside:
		list = append(list, Skip)
	default:
		if v.Step != nil {
			list = append(list, Skip, Fail)
		}
	}
	list = append(list, HandOver, Paper, Info, Quit)
	if v.State.Status != runbooks.StatusClosing {
		list = append(list, Stop)
	}
	return append(list, Help)
}

// Short are the keys for a line: those of the step and of what waits, and the few that everybody needs.
func Short(keys []Key) []Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool {
		switch k {
		case Write, Fail, HandOver, Paper, Stop:
			return true
		}
		return false
	})
}

// Calls are the links of a step behind which people stand who are called or to whom it is escalated.
func Calls(step *runbooks.Step) []runbooks.Link {
	return linksOf(step, runbooks.SchemeCall, runbooks.SchemeEscalate)
}

// Offers are the links of a step behind which those stand to whom the run may be handed over.
func Offers(step *runbooks.Step) []runbooks.Link { return linksOf(step, runbooks.SchemeHandover) }

// Proofs are the evidence links of a step.
func Proofs(step *runbooks.Step) []runbooks.Link { return linksOf(step, runbooks.SchemeEvidence) }

func linksOf(step *runbooks.Step, schemes ...string) []runbooks.Link {
	var list []runbooks.Link
	for _, link := range step.Links {
		if slices.Contains(schemes, link.Target.Scheme) && !slices.ContainsFunc(list, func(l runbooks.Link) bool { return l.Target.String() == link.Target.String() }) {
			list = append(list, link)
		}
	}
	return list
}

// Notices are the texts of a step that are to be sent.
func Notices(step *runbooks.Step) []*runbooks.Fence {
	var list []*runbooks.Fence
	for _, block := range step.Blocks {
		if block.Fence != nil && block.Fence.Kind == runbooks.NoticeFence {
			list = append(list, block.Fence)
		}
	}
	return list
}

// Unsent are the channels of a notice on which it has not gone out; a notice without channels has one without a name.
func Unsent(notice *runbooks.Fence, st runbooks.StepState) []string {
	channels := notice.Via
	if len(channels) == 0 {
		channels = []string{""}
	}
	return slices.DeleteFunc(slices.Clone(channels), func(c string) bool { return slices.Contains(st.Sent[notice.Number], c) })
}
