package entry

import (
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const key20 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // of RFC 6238, in base32

// TestOTPOfTheStandard has the examples of RFC 6238, appendix B.
func TestOTPOfTheStandard(t *testing.T) {
	in32 := func(n int) string {
		raw := strings.Repeat("1234567890", 7)[:n]
		return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(raw))
	}
	keys := map[string]string{"SHA1": in32(20), "SHA256": in32(32), "SHA512": in32(64)}
	for _, tt := range []struct {
		at                   int64
		sha1, sha256, sha512 string
	}{
		{59, "94287082", "46119246", "90693936"},
		{1111111109, "07081804", "68084774", "25091201"},
		{1111111111, "14050471", "67062674", "99943326"},
		{1234567890, "89005924", "91819424", "93441116"},
		{2000000000, "69279037", "90698825", "38618901"},
		{20000000000, "65353130", "77737706", "47863826"},
	} {
		for algorithm, want := range map[string]string{"SHA1": tt.sha1, "SHA256": tt.sha256, "SHA512": tt.sha512} {
			o, err := ParseOTP([]byte("otpauth://totp/x?secret=" + keys[algorithm] + "&digits=8&algorithm=" + algorithm))
			if err != nil {
				t.Fatal(err)
			}
			if code, _, err := o.Code(time.Unix(tt.at, 0)); code != want || err != nil {
				t.Errorf("%s at %d: %s, %v, want %s", algorithm, tt.at, code, err, want)
			}
		}
	}
}

func TestOTPForms(t *testing.T) {
	at := time.Unix(59, 250e6)
	for _, tt := range []struct {
		name, text, code string
		left             time.Duration
	}{
		{"the key alone", key20, "287082", 750 * time.Millisecond},
		{"in groups, small", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n", "287082", 750 * time.Millisecond},
		{"with hyphens and padding", "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ====", "287082", 750 * time.Millisecond},
		{"an address", "otpauth://totp/Bank:maria%40example.net?secret=" + key20 + "&issuer=Bank", "287082", 750 * time.Millisecond},
		{"capitals", "OTPAUTH://TOTP/x?secret=" + strings.ToLower(key20) + "&algorithm=sha-1", "287082", 750 * time.Millisecond},
		{"another period", "otpauth://totp/x?secret=" + key20 + "&period=60&digits=7", "4755224", 750 * time.Millisecond},
		{"a picture", "otpauth://totp/x?secret=" + key20 + "&image=https%3A%2F%2Fexample.net%2Fx.png", "287082", 750 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, err := ParseOTP([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if code, left, err := o.Code(at); code != tt.code || left != tt.left || err != nil {
				t.Errorf("%s, %v, %v", code, left, err)
			}
			if shown := fmt.Sprintf("%v %+v %#v", o, *o, o); strings.Contains(shown, "GEZD") {
				t.Errorf("it shows itself: %s", shown)
			}
			o.Wipe()
			if _, _, err := o.Code(at); err == nil && o.key.Len() > 0 {
				t.Error("it works after Wipe")
			}
		})
	}
}

func TestOTPRefused(t *testing.T) {
	secret := "secret=" + key20
	for text, why := range map[string]string{
		"":                                  "secret",
		"123456":                            "secret", // a code, not a key
		"GEZDGNBV":                          "secret", // too short
		strings.Repeat("2", 17):             "secret", // no whole bytes
		"GEZDGNBVGY3TQOJ1":                  "secret", // 1 is no letter of base32
		key20 + "\n" + key20:                "secret",
		strings.Repeat("A", 400):            "secret",
		strings.Repeat("A", maxOTPText+1):   "form",
		"https://totp/x?" + secret:          "scheme",
		"otpauth:totp?" + secret:            "type",
		"otpauth://hotp/x?" + secret:        "type",
		"otpauth://totp/x":                  "secret",
		"otpauth://totp/x?secret=":          "secret",
		"otpauth://totp/x?" + secret + "#f": "form",
		"otpauth://u:p@totp/x?" + secret:    "form",
		"otpauth://totp/%zz?" + secret:      "form",
		"otpauth://totp/x?%zz&" + secret:    "form",
		"otpauth://totp/x?" + secret + "&secret=" + key20: "twice",
		"otpauth://totp/x?" + secret + "&digits=abc":      "digits",
		"otpauth://totp/x?" + secret + "&digits=10":       "digits",
		"otpauth://totp/x?" + secret + "&digits=06":       "digits",
		"otpauth://totp/x?" + secret + "&digits=":         "digits",
		"otpauth://totp/x?" + secret + "&period=-5":       "period",
		"otpauth://totp/x?" + secret + "&period=0":        "period",
		"otpauth://totp/x?" + secret + "&period=1e9":      "period",
		"otpauth://totp/x?" + secret + "&algorithm=MD5":   "algorithm",
		"otpauth://totp/x?" + secret + "&encoder=steam":   "parameter",
		"otpauth://totp/x?" + secret + "&counter=7":       "parameter",
	} {
		o, err := ParseOTP([]byte(text))
		var refused *OTPError
		if !errors.As(err, &refused) || refused.Why != why || o != nil {
			t.Errorf("%.80q: %v, want %s", text, err, why)
		}
		if err != nil && strings.Contains(err.Error(), "GEZD") {
			t.Errorf("%.80q: the error tells the key: %v", text, err)
		}
	}
	for name, want := range map[string]bool{"otp": true, "OTP": true, "Totp": true, "otp2": false, "password": false, "": false} {
		if IsOTPField(name) != want {
			t.Errorf("%q", name)
		}
	}
}

func FuzzOTP(f *testing.F) {
	for _, text := range []string{key20, strings.Repeat("2", 17), "otpauth://totp/x?secret=" + key20 + "&digits=8&period=60&algorithm=SHA512", "otpauth://hotp/x", "a:b", "%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := ParseOTP([]byte(text))
		if err != nil {
			return
		}
		code, left, err := o.Code(time.Unix(1e9, 1))
		if err != nil || len(code) < 6 || len(code) > 8 || left <= 0 || left > maxOTPPeriod*time.Second {
			t.Errorf("%q: %q, %v, %v", text, code, left, err)
		}
	})
}
