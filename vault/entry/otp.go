package entry

import (
	"encoding/base32"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// What a key of one-time codes may be. RFC 6238 wants 20 bytes; 10 are what many systems give, and 8 what some do.
const (
	minOTPKey, maxOTPKey       = 8, 128 // bytes
	minOTPPeriod, maxOTPPeriod = 15, 300
	maxOTPText                 = 4096 // bytes
)

// IsOTPField reports a field that holds the key of one-time codes, by its name in any spelling.
func IsOTPField(name string) bool {
	folded := fold(name)
	return folded == "otp" || folded == "totp"
}

// An OTPError says what is wrong with a key of one-time codes. It never has a part of the key in it.
type OTPError struct {
	Why  string // scheme, type, form, secret, algorithm, digits, period, parameter, twice
	What string // the parameter that is not known, or there twice
}

func (e *OTPError) Error() string {
	if e.What != "" {
		return "one-time code key: " + e.Why + " " + e.What
	}
	return "one-time code key: " + e.Why
}

// An OTP makes one-time codes by the clock (RFC 6238).
type OTP struct {
	key       Value // base32 without padding
	digits    int
	period    int // seconds
	algorithm otp.Algorithm
}

// ParseOTP reads what a far system shows when the second factor is set up: an otpauth://totp/ address, or the key alone in
// base32, in groups and small letters if it likes. What it doesn't know it refuses: a wrong code locks an account. It returns
// an *OTPError.
func ParseOTP(value []byte) (*OTP, error) {
	text := strings.TrimSpace(string(value))
	if len(text) > maxOTPText {
		return nil, &OTPError{Why: "form"}
	}
	o := &OTP{digits: 6, period: 30, algorithm: otp.AlgorithmSHA1}
	var err error
	if !strings.Contains(text, ":") {
		err = o.setKey(text)
	} else {
		err = o.readURI(text)
	}
	if err != nil {
		return nil, err
	}
	return o, nil
}

func (o *OTP) setKey(text string) error {
	key := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\t", "").Replace(text))
	key = strings.TrimRight(key, "=")
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
	whole := []bool{true, false, true, false, true, true, false, true}[len(key)%8] // as many characters as whole bytes make
	if err != nil || !whole || strings.ContainsAny(key, "\r\n") || len(raw) < minOTPKey || len(raw) > maxOTPKey {
		return &OTPError{Why: "secret"}
	}
	clear(raw)
	o.key = NewValue([]byte(key))
	return nil
}

func (o *OTP) readURI(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil: // the error would repeat the address
		return &OTPError{Why: "form"}
	case !strings.EqualFold(u.Scheme, "otpauth"):
		return &OTPError{Why: "scheme"}
	case !strings.EqualFold(u.Host, "totp"):
		return &OTPError{Why: "type"}
	case u.User != nil || u.Fragment != "" || u.Opaque != "":
		return &OTPError{Why: "form"}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return &OTPError{Why: "form"}
	}
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if len(query[name]) != 1 {
			return &OTPError{Why: "twice", What: name}
		}
		if err := o.parameter(name, query.Get(name)); err != nil {
			return err
		}
	}
	if o.key.Len() == 0 {
		return &OTPError{Why: "secret"}
	}
	return nil
}

// parameter takes one parameter of an address. Names and pictures change nothing about the codes.
func (o *OTP) parameter(name, value string) error {
	switch name {
	case "secret":
		return o.setKey(value)
	case "issuer", "image", "icon", "color":
		return nil
	case "algorithm":
		known := map[string]otp.Algorithm{"SHA1": otp.AlgorithmSHA1, "SHA256": otp.AlgorithmSHA256, "SHA512": otp.AlgorithmSHA512}
		algorithm, ok := known[strings.ReplaceAll(strings.ToUpper(value), "-", "")]
		if !ok {
			return &OTPError{Why: "algorithm"}
		}
		o.algorithm = algorithm
		return nil
	case "digits":
		return number(&o.digits, name, value, 6, 8)
	case "period":
		return number(&o.period, name, value, minOTPPeriod, maxOTPPeriod)
	}
	return &OTPError{Why: "parameter", What: strconv.Quote(name)}
}

func number(to *int, name, value string, least, most int) error {
	n, err := strconv.Atoi(value)
	if err != nil || strconv.Itoa(n) != value || n < least || n > most {
		return &OTPError{Why: name}
	}
	*to = n
	return nil
}

// Code is the code at a time, and how much longer it counts. It is nobody's business to show anything else of an OTP.
func (o *OTP) Code(at time.Time) (code string, left time.Duration, err error) {
	period := int64(o.period)
	if at.Unix() < 0 {
		return "", 0, &OTPError{Why: "period"}
	}
	code, err = hotp.GenerateCodeCustom(string(o.key.Reveal()), uint64(at.Unix()/period), hotp.ValidateOpts{
		Digits: otp.Digits(o.digits), Algorithm: o.algorithm,
	})
	if err != nil {
		return "", 0, &OTPError{Why: "secret"}
	}
	end := time.Unix((at.Unix()/period+1)*period, 0)
	return code, end.Sub(at), nil
}

// Wipe overwrites the key, best effort.
func (o *OTP) Wipe() { o.key.Wipe() }
