package runbooks

import (
	"strconv"
	"strings"
	"time"
)

// span is one number with its unit, "5–10 min" standing for its upper bound.
var span = lazily(`^(?:(\d{1,5})\s*[-–]\s*)?(\d{1,5})\s*([\p{L}]+)\.?`)

// ParseSpan reads a span of time as people write it: "20 min", "1 h 30 min", "90s", "2 weeks", "5 мин", "1 ч". It must be
// longer than zero and at most ten years. A month counts 30 days, a quarter 91, a year 365.
func ParseSpan(s string) (time.Duration, bool) {
	rest := strings.TrimSpace(s)
	var total time.Duration
	if unit := unitOf(rest); unit >= day {
		return unit, true // "quarter" is one quarter
	}
	for rest != "" {
		m := span().FindStringSubmatch(rest)
		if m == nil {
			return 0, false
		}
		n, err := strconv.Atoi(m[2])
		unit := unitOf(m[3])
		if err != nil || unit == 0 {
			return 0, false
		}
		total += time.Duration(n) * unit
		if total > maxSpan {
			return 0, false
		}
		rest = strings.TrimSpace(rest[len(m[0]):])
	}
	return total, total > 0
}

const (
	day     = 24 * time.Hour
	maxSpan = 3660 * day
)

// unitOf knows the units in both languages, in the forms that follow a number.
func unitOf(word string) time.Duration {
	switch strings.ToLower(word) {
	case "s", "sec", "second", "seconds", "с", "сек", "секунд", "секунда", "секунды", "секунду":
		return time.Second
	case "m", "min", "mins", "minute", "minutes", "м", "мин", "минут", "минута", "минуты", "минуту":
		return time.Minute
	case "h", "hr", "hrs", "hour", "hours", "ч", "час", "часа", "часов":
		return time.Hour
	case "d", "day", "days", "д", "дн", "день", "дня", "дней":
		return day
	case "w", "wk", "week", "weeks", "нед", "неделя", "недели", "недель", "неделю":
		return 7 * day
	case "month", "months", "мес", "месяц", "месяца", "месяцев":
		return 30 * day
	case "quarter", "quarters", "квартал", "квартала", "кварталов":
		return 91 * day
	case "y", "year", "years", "год", "года", "лет":
		return 365 * day
	}
	return 0
}
