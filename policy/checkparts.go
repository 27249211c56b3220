package policy

import (
	"fmt"
	"strings"
)

func (c *checker) members() {
	d, owner := c.d, map[string]string{}
	if len(d.Members) > MaxMembers {
		c.key(CodeRange, "", fmt.Sprintf("at most %d members", MaxMembers), "members")
	}
	for _, id := range sorted(d.Members) {
		m := d.Members[id]
		c.id(id, "members", id)
		c.text(m.Name, MaxText, "members", id, "name")
		c.roles(m.Roles, "members", id, "roles")
		c.note(m.Note, "members", id)
		if len(m.Devices) > MaxDevices {
			c.key(CodeRange, "", fmt.Sprintf("at most %d devices", MaxDevices), "members", id, "devices")
		}
		for _, device := range sorted(m.Devices) {
			c.device(id, device, owner)
		}
	}
}

func (c *checker) device(member, device string, owner map[string]string) {
	path := []string{"members", member, "devices", device}
	if !IsDevice(device) {
		c.key(CodeID, device, fmt.Sprintf("%q is no device id: 16 of a-z and 2-7", device), path...)
	}
	if other, taken := owner[device]; taken {
		c.key(CodeTwice, device, fmt.Sprintf("the device is %s's already", other), path...)
	}
	owner[device] = member
	one := c.d.Members[member].Devices[device]
	c.text(one.Label, 64, below(path, "label")...)
	c.hash(one.File, below(path, "file")...)
}

func (c *checker) safes() {
	d, names := c.d, map[string]string{}
	if len(d.Roles) > MaxRoles {
		c.key(CodeRange, "", fmt.Sprintf("at most %d roles", MaxRoles), "roles")
	}
	for _, id := range sorted(d.Roles) {
		c.id(id, "roles", id)
		c.title(d.Roles[id].Title, "roles", id)
		c.note(d.Roles[id].Note, "roles", id)
	}
	if len(d.Safes) > MaxSafes {
		c.key(CodeRange, "", fmt.Sprintf("at most %d safes", MaxSafes), "safes")
	}
	for _, id := range sorted(d.Safes) {
		c.safe(id, d.Safes[id])
	}
	for _, id := range sorted(d.Safes) {
		names[id] = id
	}
	for _, id := range sorted(d.Safes) {
		c.safeTitles(id, names)
	}
}

// safeTitles refuses titles that another safe has as title or id: they may be typed where an id is expected.
func (c *checker) safeTitles(id string, names map[string]string) {
	title := c.d.Safes[id].Title
	for _, lang := range sorted(title) {
		name := fold(title[lang])
		if other, taken := names[name]; taken && other != id {
			path := []string{"safes", id, "title"}
			if lang != "" {
				path = append(path, lang)
			}
			c.at(CodeTwice, title[lang], fmt.Sprintf("the safe %q is called so", other), path...)
		}
		names[name] = id
	}
}

func (c *checker) safe(id string, s *Safe) {
	path := []string{"safes", id}
	c.id(id, path...)
	c.title(s.Title, path...)
	c.note(s.Note, path...)
	for _, role := range sorted(s.Access) {
		here := below(path, "access", role)
		if c.d.Roles[role] == nil {
			c.unknown(CodeRole, role, sorted(c.d.Roles), here...)
			c.found[len(c.found)-1].onKey = true
		}
		if a := s.Access[role]; a == 0 || a != AccessOf(a.List()...) {
			c.at(CodeWord, a.String(), "no access: leave the role out", here...)
		}
	}
	c.generations(s.Generations, path...)
	if q := s.Quorum; q != nil {
		c.people(q.Need, 2, q.Of, below(path, "quorum")...)
		c.between(len(q.Of), 0, MaxQuorum, below(path, "quorum", "of")...)
	}
	c.word(string(s.Reason), []string{"", string(ReasonOptional), string(ReasonRequired), string(ReasonTicket)}, below(path, "reason")...)
	c.between(s.Approvals, 0, MaxMembers, below(path, "approvals")...)
	if s.Grants.Max < 0 {
		c.at(CodeRange, "", "must not be negative", below(path, "grants", "max")...)
	}
}

func (c *checker) duties() {
	if len(c.d.Duties) > MaxDuties {
		c.key(CodeRange, "", fmt.Sprintf("at most %d duties", MaxDuties), "duties")
	}
	for _, id := range sorted(c.d.Duties) {
		duty, path := c.d.Duties[id], []string{"duties", id}
		c.id(id, path...)
		c.title(duty.Title, path...)
		c.note(duty.Note, path...)
		if duty.Holder != "" {
			c.member(duty.Holder, below(path, "holder")...)
		}
		c.memberList(duty.Deputies, below(path, "deputies")...)
		c.distinct(duty.Safes, below(path, "safes")...)
		for i, safe := range duty.Safes {
			if c.d.Safes[safe] == nil {
				c.unknown(CodeSafe, safe, sorted(c.d.Safes), below(path, "safes", index(i))...)
			}
		}
		c.distinct(duty.Runbooks, below(path, "runbooks")...)
		for i, slug := range duty.Runbooks {
			c.id(slug, below(path, "runbooks", index(i))...)
		}
		if duty.Due != nil {
			c.due(duty.Due, below(path, "due"))
		}
	}
}

func (c *checker) due(due *Due, path []string) {
	days, months, least := 31, 0, 0
	switch due.Every {
	case EveryWeek:
		days = 7
	case EveryQuarter:
		months = 3
	case EveryYear:
		months, least = 12, 1
	}
	c.word(string(due.Every), []string{string(EveryWeek), string(EveryMonth), string(EveryQuarter), string(EveryYear)}, below(path, "every")...)
	c.between(due.Month, least, months, below(path, "month")...)
	c.between(due.Day, 1, days, below(path, "day")...)
	if due.Cutoff != 0 {
		c.between(due.Cutoff, due.Day, days, below(path, "cutoff")...)
	}
	if len(due.Remind) > 10 {
		c.at(CodeRange, "", "at most 10 reminders", below(path, "remind")...)
	}
	for i, span := range due.Remind {
		if span < 0 {
			c.at(CodeRange, "", "must not be negative", below(path, "remind", index(i))...)
		}
	}
}

func (c *checker) acting() {
	seen := map[string]bool{}
	if len(c.d.Acting) > MaxActing {
		c.key(CodeRange, "", fmt.Sprintf("at most %d rows", MaxActing), "acting")
	}
	for i, row := range c.d.Acting {
		path := []string{"acting", index(i)}
		c.id(row.ID, below(path, "id")...)
		if seen[row.ID] {
			c.at(CodeTwice, row.ID, fmt.Sprintf("the id %q stands here twice", row.ID), below(path, "id")...)
		}
		seen[row.ID] = true
		c.member(row.Member, below(path, "member")...)
		c.member(row.For, below(path, "for")...)
		if row.Member == row.For {
			c.at(CodeTwice, row.For, "nobody acts for themselves", below(path, "for")...)
		}
		c.handedOver(row, path)
		c.instant(row.From, below(path, "from")...)
		c.instant(row.Until, below(path, "until")...)
		if !row.From.Before(row.Until) {
			c.at(CodeRange, "", "must be later than from", below(path, "until")...)
		}
		c.word(string(row.Basis), []string{string(BasisPlanned), string(BasisUnplanned), string(BasisSuccession)}, below(path, "basis")...)
		if row.Govern && row.Basis != BasisSuccession {
			c.key(CodeForbidden, "", "only succession makes an acting governor", below(path, "govern")...)
		}
	}
}

// handedOver checks that a row gives only what its absent member has.
func (c *checker) handedOver(row Acting, path []string) {
	c.roles(row.Roles, below(path, "roles")...)
	if absent := c.d.Members[row.For]; absent != nil {
		for i, role := range row.Roles {
			if c.d.Roles[role] != nil && !contains(absent.Roles, role) {
				c.at(CodeRole, role, fmt.Sprintf("%s does not have the role %q, so it can't be handed over", row.For, role), below(path, "roles", index(i))...)
			}
		}
	}
	c.distinct(row.Duties, below(path, "duties")...)
	for i, duty := range row.Duties {
		if c.d.Duties[duty] == nil {
			c.unknown(CodeDuty, duty, sorted(c.d.Duties), below(path, "duties", index(i))...)
		}
	}
}

func (c *checker) word(word string, known []string, path ...string) {
	if !contains(known, word) {
		c.at(CodeWord, word, fmt.Sprintf("%q is not one of %s", word, strings.TrimPrefix(strings.Join(known, ", "), ", ")), path...)
	}
}
