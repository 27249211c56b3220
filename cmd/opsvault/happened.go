package main

import (
	"strings"
	"time"
)

// A badTime says why a time can't be when something happened on paper: the end of a message's key.
type badTime string

func (b badTime) Error() string { return "the time is " + string(b) }

const (
	timeUnreadable badTime = "unreadable"
	timeFuture     badTime = "future"
	timeBefore     badTime = "before"
)

// happened reads a time of day or a date with one, as people write it on paper: 14:05, 14.05, 22.11 14:05,
// 2026-11-22 14:05. A time of day is the last one that was; nothing is later than now or earlier than last, whose minute
// counts as a whole.
func happened(s string, now, last time.Time) (time.Time, error) {
	day, clock := "", strings.TrimSpace(s)
	if i := strings.LastIndexByte(clock, ' '); i >= 0 {
		day, clock = strings.TrimSpace(clock[:i]), clock[i+1:]
	}
	at, err := onDay(day, strings.Replace(clock, ".", ":", 1), now)
	if err != nil {
		return at, timeUnreadable
	}
	if day == "" && at.After(now) {
		if before := at.AddDate(0, 0, -1); !before.Before(last.Truncate(time.Minute)) {
			at = before
		}
	}
	switch {
	case at.After(now):
		return at, timeFuture
	case at.Before(last.Truncate(time.Minute)):
		return at, timeBefore
	case at.Before(last):
		return last, nil
	}
	return at, nil
}

// onDay puts a time of day onto a day; "" is today.
func onDay(day, clock string, now time.Time) (time.Time, error) {
	at, err := time.ParseInLocation("15:04", clock, now.Location())
	if err != nil {
		return at, err
	}
	date := now
	for _, form := range []string{time.DateOnly, "02.01.2006", "02.01"} {
		if day == "" {
			break
		}
		if date, err = time.ParseInLocation(form, day, now.Location()); err == nil {
			break
		}
	}
	if err != nil {
		return at, err
	}
	if date.Year() == 0 { // a day without a year
		date = date.AddDate(now.Year(), 0, 0)
	}
	return time.Date(date.Year(), date.Month(), date.Day(), at.Hour(), at.Minute(), 0, 0, now.Location()), nil
}
