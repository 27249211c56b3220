package runbooks

// A Visit is a step that a run can come to.
type Visit struct {
	Step     *Step
	Rollback bool     // it is reached by an Undo
	Roles    []string // who does it
	Ways     []Way
	Needs    []Need
}

// A Way leads out of a step.
type Way struct {
	Answer string // of the question; "" where there is none
	To     *Step  // nil: an end
	Target string // "#id", "#end", "#abort", "runbook:slug"
}

// A Need is a credential that a step links to, for one of the roles that do it.
type Need struct {
	Link    Link
	Role    string
	Missing bool     // there is no such credential
	Denied  []string // who of those who would do the step can't open it
	Unknown bool     // nobody looked: there is no vault
}

// Walk lists every step that can be reached, in the order of the text, with all its ways, who does it, and whether they can
// open its credentials; nothing is run or opened. Without a World the needs are Unknown.
func Walk(book *Runbook, world World) []Visit { return nil }

// Cover makes a set of answers files that together take every answer of every question and come to every end.
func Cover(book *Runbook) []*Answers { return nil }
