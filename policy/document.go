package policy

import "time"

// Format is the value of the key `opsvault` of the documents that this package knows.
const Format = "policy/v1"

// A Document is one version of a vault's policy.
type Document struct {
	Format    string             `yaml:"opsvault"`
	Version   uint64             `yaml:"version"`
	Prev      []string           `yaml:"prev,omitempty,flow"` // SHA-256 of the parents, 64 hex digits; none in version 1
	Issued    time.Time          `yaml:"issued"`              // UTC, whole seconds
	Name      string             `yaml:"name"`                // of the vault
	Nonce     string             `yaml:"nonce,omitempty"`     // 64 random hex digits; version 1 only
	Govern    Govern             `yaml:"govern"`
	Audit     AuditRules         `yaml:"audit"`
	Catalogue CatalogueRules     `yaml:"catalogue"`
	Runbooks  RunbookRules       `yaml:"runbooks,omitempty"`
	Members   map[string]*Member `yaml:"members"`
	Roles     map[string]*Role   `yaml:"roles"`
	Safes     map[string]*Safe   `yaml:"safes,omitempty"`
	Duties    map[string]*Duty   `yaml:"duties,omitempty"`
	Acting    []Acting           `yaml:"acting,omitempty,flowitems"`

	Heads []*Document `yaml:"-" json:"-"` // of a fork; see Stricter
}

// Govern says who makes policy.
type Govern struct {
	Roles      []string    `yaml:"roles,flow"`
	Threshold  int         `yaml:"threshold"` // how many governors sign a version
	Succession *Succession `yaml:"succession,omitempty,flow"`
}

// Succession says who may appoint an acting governor when nobody governs: Need of Of.
type Succession struct {
	Need int      `yaml:"need"`
	Of   []string `yaml:"of"`
	Wait Span     `yaml:"wait"` // from when a device first saw the appointment until it counts
	For  Span     `yaml:"for"`  // how long it lasts at most
}

// AuditRules say who reads the details of the logs, and with which keys they are sealed.
type AuditRules struct {
	Roles       []string     `yaml:"roles,flow"`
	Generations []Generation `yaml:"generations,flowitems"`
	Renew       bool         `yaml:"renew,omitempty"`
}

// CatalogueRules hold the keys of the safe that every member reads.
type CatalogueRules struct {
	Generations []Generation `yaml:"generations,flowitems"`
	Renew       bool         `yaml:"renew,omitempty"`
}

// RunbookRules say who publishes and approves runbooks, and how many approvals a version needs besides its author's.
type RunbookRules struct {
	Publish   []string `yaml:"publish,omitempty,flow"`
	Approve   []string `yaml:"approve,omitempty,flow"`
	Approvals int      `yaml:"approvals,omitempty"`
}

// A Member is a person. Without a device it is invited, or somebody who only holds duties.
type Member struct {
	Name    string            `yaml:"name"`
	Roles   []string          `yaml:"roles,flow"`
	Devices map[string]Device `yaml:"devices,omitempty,flowitems"` // by device id
	Note    string            `yaml:"note,omitempty"`
}

// A Device names a machine and the file that holds its public keys.
type Device struct {
	Label string `yaml:"label"`
	File  string `yaml:"file"` // SHA-256 of the whole .device file, 64 hex digits
}

// A Role is what members are given.
type Role struct {
	Title Title  `yaml:"title,omitempty,flow"`
	Note  string `yaml:"note,omitempty"`
}

// A Safe is a set of entries with one access rule and one key per generation.
type Safe struct {
	Title       Title             `yaml:"title,omitempty,flow"`
	Note        string            `yaml:"note,omitempty"`
	Access      map[string]Access `yaml:"access,omitempty,flow"`           // by role
	Generations []Generation      `yaml:"generations,omitempty,flowitems"` // in use, newest last
	Renew       bool              `yaml:"renew,omitempty"`                 // no writes until a new generation
	Quorum      *Quorum           `yaml:"quorum,omitempty,flow"`
	Reason      Reason            `yaml:"reason,omitempty"`
	Approvals   int               `yaml:"approvals,omitempty"` // of a request; see NeedApprovals
	Grants      GrantRules        `yaml:"grants,omitempty,flow"`
}

// NeedApprovals is how many people besides the requester approve a request: one where the policy says nothing.
func (s *Safe) NeedApprovals() int { return max(1, s.Approvals) }

// NeedReason is the safe's rule, ReasonOptional where the policy says nothing.
func (s *Safe) NeedReason() Reason {
	if s.Reason == "" {
		return ReasonOptional
	}
	return s.Reason
}

// Reason says whether somebody who opens a credential must say why.
type Reason string

// The rules for reasons. ReasonTicket asks for the number of a customer's ticket.
const (
	ReasonOptional Reason = "optional"
	ReasonRequired Reason = "required"
	ReasonTicket   Reason = "ticket"
)

// A Generation is one period of a safe's key.
type Generation struct {
	Gen       uint64 `yaml:"gen"`       // from 1
	Recipient string `yaml:"recipient"` // SHA-256 of the recipient file, 64 hex digits
}

// A Quorum is who can open a safe together when no reader is there: Need of Of.
type Quorum struct {
	Need int      `yaml:"need"`
	Of   []string `yaml:"of"`
}

// GrantRules limit grants of a safe's credentials.
type GrantRules struct {
	Max Span `yaml:"max,omitempty"` // 0: no limit
}

// A Duty is something that somebody must do.
type Duty struct {
	Title    Title    `yaml:"title,omitempty,flow"`
	Note     string   `yaml:"note,omitempty"`
	Holder   string   `yaml:"holder,omitempty"` // "" when the holder was removed: a gap
	Deputies []string `yaml:"deputies,omitempty,flow"`
	Safes    []string `yaml:"safes,omitempty,flow"`
	Runbooks []string `yaml:"runbooks,omitempty,flow"`
	Due      *Due     `yaml:"due,omitempty,flow"`
}

// Due is when a duty is done again and again.
type Due struct {
	Every  Period `yaml:"every"`
	Month  int    `yaml:"month,omitempty"` // year: 1 to 12; quarter: 1 to 3, 0 for the first
	Day    int    `yaml:"day"`             // of the month, or of the week from Monday = 1
	Remind []Span `yaml:"remind,omitempty"`
	Cutoff int    `yaml:"cutoff,omitempty"` // the last day, counted as Day; 0: Day itself
}

// Period is how often something is due.
type Period string

// The periods.
const (
	EveryWeek    Period = "week"
	EveryMonth   Period = "month"
	EveryQuarter Period = "quarter"
	EveryYear    Period = "year"
)

// An Acting row hands roles and duties of For to Member from From until Until (not included).
type Acting struct {
	ID     string    `yaml:"id"`
	Member string    `yaml:"member"`
	For    string    `yaml:"for"`
	Roles  []string  `yaml:"roles,omitempty"`
	Duties []string  `yaml:"duties,omitempty"`
	From   time.Time `yaml:"from"`
	Until  time.Time `yaml:"until"`
	Basis  Basis     `yaml:"basis"`
	Govern bool      `yaml:"govern,omitempty"` // only with BasisSuccession; kept, but gives nothing yet
}

// Active reports whether now lies in the window.
func (a Acting) Active(now time.Time) bool { return !now.Before(a.From) && now.Before(a.Until) }

// Basis is why somebody acts.
type Basis string

// The bases: an absence that was planned, one that nobody planned, and succession.
const (
	BasisPlanned    Basis = "planned"
	BasisUnplanned  Basis = "unplanned"
	BasisSuccession Basis = "succession"
)
