package text

import (
	"strconv"
	"time"
)

// Date shows a day: "21 Nov 2026", "21.11.2026".
func (t *Translator) Date(at time.Time) string {
	if t.lang == Russian {
		return at.In(t.location).Format("02.01.2006")
	}
	return at.In(t.location).Format("2 Jan 2006")
}

// Moment shows a day and the time of day to the minute: "21 Nov 2026 15:04", "21.11.2026 15:04".
func (t *Translator) Moment(at time.Time) string {
	return t.Date(at) + " " + at.In(t.location).Format("15:04")
}

// Span shows how long something takes or took, in its greatest unit and rounded down: "9 days", "4 hours", "less than a
// minute". A negative span is shown as the positive one.
func (t *Translator) Span(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	switch {
	case d >= 48*time.Hour || d == 24*time.Hour:
		return t.Text("span.days", "n", int(d/(24*time.Hour)))
	case d >= time.Hour:
		return t.Text("span.hours", "n", int(d/time.Hour))
	case d >= time.Minute:
		return t.Text("span.minutes", "n", int(d/time.Minute))
	}
	return t.Text("span.moment")
}

// Bytes shows a size in the units of a file manager: "512 B", "3.4 KiB".
func (t *Translator) Bytes(n int64) string {
	const step = 1024
	if n < step {
		return t.Text("size.bytes", "size", strconv.FormatInt(n, 10))
	}
	units := []Key{"size.kib", "size.mib", "size.gib", "size.tib"}
	size, unit := float64(n)/step, 0
	for size >= step && unit < len(units)-1 {
		size, unit = size/step, unit+1
	}
	return t.Text(units[unit], "size", t.decimal(size))
}

func (t *Translator) decimal(f float64) string {
	s := []byte(strconv.FormatFloat(f, 'f', 1, 64))
	if t.lang == Russian {
		s[len(s)-2] = ','
	}
	return string(s)
}

// Clock shows the time of day to the minute: "15:04".
func (t *Translator) Clock(at time.Time) string { return at.In(t.location).Format("15:04") }
