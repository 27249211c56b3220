package main

import "testing"

func TestDefaultRoutes(t *testing.T) {
	const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	for _, tt := range []struct {
		name, v4, v6 string
		want         bool
	}{
		{"nothing", "", "", false},
		{"a network without a way out", head + "eth0\t0000A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n", "", false},
		{"a way out", head + "eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", "", true},
		{"half of the world", head + "tun0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000080\t0\t0\t0\n", "", true},
		{"a route that is down", head + "eth0\t00000000\t0100A8C0\t0002\t0\t0\t100\t00000000\t0\t0\t0\n", "", false},
		{"a rejected one", head + "eth0\t00000000\t0100A8C0\t0201\t0\t0\t100\t00000000\t0\t0\t0\n", "", false},
		{"version 6", "", "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n", true},
		{"version 6 at the loopback", "", "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n", false},
		{"rubbish", "a b\n\x00", "x\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := defaultRoute4(tt.v4) || defaultRoute6(tt.v6); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
