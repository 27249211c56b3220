package main

import (
	"errors"
	"testing"
	"time"
)

func TestHappened(t *testing.T) {
	zone := time.FixedZone("MSK", 3*3600)
	now := time.Date(2026, 11, 22, 0, 30, 20, 0, zone)
	last := time.Date(2026, 11, 21, 22, 10, 45, 0, zone)
	tests := []struct {
		typed string
		want  time.Time
		err   error
	}{
		{"0:30", time.Date(2026, 11, 22, 0, 30, 0, 0, zone), nil},
		{"00.12", time.Date(2026, 11, 22, 0, 12, 0, 0, zone), nil},
		{"23:50", time.Date(2026, 11, 21, 23, 50, 0, 0, zone), nil}, // before midnight
		{"22:10", last, nil}, // the minute of what was last
		{"22:09", time.Time{}, timeFuture},
		{"0:31", time.Time{}, timeFuture},
		{"2026-11-21 22:30", time.Date(2026, 11, 21, 22, 30, 0, 0, zone), nil},
		{"21.11.2026 22:30", time.Date(2026, 11, 21, 22, 30, 0, 0, zone), nil},
		{" 21.11  22:30 ", time.Date(2026, 11, 21, 22, 30, 0, 0, zone), nil},
		{"21.11 22:09", time.Time{}, timeBefore},
		{"2025-11-21 22:30", time.Time{}, timeBefore},
		{"23.11 10:00", time.Time{}, timeFuture},
		{"2026-11-22 00:31", time.Time{}, timeFuture},
		{"", time.Time{}, timeUnreadable},
		{"25:00", time.Time{}, timeUnreadable},
		{"31.02 10:00", time.Time{}, timeUnreadable},
		{"yesterday 10:00", time.Time{}, timeUnreadable},
		{"14:05:06", time.Time{}, timeUnreadable},
		{"-1:00", time.Time{}, timeUnreadable},
	}
	for _, tt := range tests {
		at, err := happened(tt.typed, now, last)
		if !errors.Is(err, tt.err) || tt.err == nil && !at.Equal(tt.want) {
			t.Errorf("%q: %v, %v; want %v, %v", tt.typed, at, err, tt.want, tt.err)
		}
	}
}
