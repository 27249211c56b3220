package main

import (
	"os"
	"strconv"
	"strings"
)

// networkUp reports whether this machine has a network, without asking anybody on it: an interface with an address, and a
// way out for what is not near.
func networkUp() bool {
	if !usable() {
		return false
	}
	v4, err4 := os.ReadFile("/proc/net/route")
	v6, err6 := os.ReadFile("/proc/net/ipv6_route")
	return err4 != nil && err6 != nil || defaultRoute4(string(v4)) || defaultRoute6(string(v6))
}

// Flags of routes (linux/route.h).
const (
	routeUp     = 0x1
	routeReject = 0x200
)

// defaultRoute4 looks for a route to everywhere, or to half of it as some VPNs have it, in the form of /proc/net/route: interface,
// destination, gateway, flags, …, mask.
func defaultRoute4(table string) bool {
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) >= 8 && f[1] == "00000000" && (f[7] == "00000000" || f[7] == "00000080") && live(f[3]) {
			return true
		}
	}
	return false
}

// defaultRoute6 does the same in the form of /proc/net/ipv6_route: destination, length of its prefix, …, flags, interface. The
// kernel keeps a route to nowhere at the loopback.
func defaultRoute6(table string) bool {
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) >= 10 && (f[1] == "00" || f[1] == "01") && f[9] != "lo" && strings.Trim(f[0], "0") == "" && live(f[8]) {
			return true
		}
	}
	return false
}

func live(flags string) bool {
	n, err := strconv.ParseUint(flags, 16, 32)
	return err == nil && n&routeUp != 0 && n&routeReject == 0
}
