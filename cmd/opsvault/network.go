package main

import "net"

// usable reports an interface of this machine that is up, is no loopback, and has an address by which others could be
// reached. Addresses that a machine gives itself when nobody answers (169.254.*, fe80::) are none.
func usable() bool {
	interfaces, err := net.Interfaces()
	if err != nil {
		return true // what can't be told must not keep anybody from trying
	}
	for _, one := range interfaces {
		if one.Flags&net.FlagUp == 0 || one.Flags&net.FlagLoopback != 0 || one.Flags&net.FlagRunning == 0 {
			continue
		}
		addresses, err := one.Addrs()
		if err != nil {
			continue
		}
		for _, address := range addresses {
			if network, ok := address.(*net.IPNet); ok && network.IP.IsGlobalUnicast() {
				return true
			}
		}
	}
	return false
}
