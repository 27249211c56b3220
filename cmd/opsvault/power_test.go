package main

import "testing"

func TestSupplies(t *testing.T) {
	type s = map[string]string
	for _, tt := range []struct {
		name string
		all  []map[string]string
		want Power
		low  bool
	}{
		{"nothing", nil, Power{}, false},
		{"a machine at the wall", []s{{"type": "Mains", "online": "1"}}, Power{Mains: true}, false},
		{"nearly empty", []s{{"type": "Mains", "online": "0"}, {"type": "Battery", "capacity": "19", "status": "Discharging"}}, Power{Battery: true, Percent: 19}, true},
		{"twenty", []s{{"type": "Battery", "capacity": "20", "status": "Discharging"}}, Power{Battery: true, Percent: 20}, false},
		{"charging", []s{{"type": "Battery", "capacity": "5", "status": "Charging"}}, Power{true, 5, true}, false},
		{"plugged in and held", []s{{"type": "USB", "online": "1"}, {"type": "Battery", "capacity": "5", "status": "Not charging"}}, Power{true, 5, true}, false},
		{"a mouse", []s{{"type": "Battery", "scope": "Device", "capacity": "3", "status": "Discharging"}}, Power{}, false},
		{"taken out", []s{{"type": "Battery", "present": "0", "capacity": "0"}}, Power{}, false},
		{"two alike", []s{{"type": "Battery", "capacity": "10", "status": "Discharging"}, {"type": "Battery", "capacity": "20", "status": "Unknown"}}, Power{Battery: true, Percent: 15}, true},
		{"a big one and a small one", []s{
			{"type": "Battery", "capacity": "100", "status": "Unknown", "energy_now": "10000000", "energy_full": "10000000"},
			{"type": "Battery", "capacity": "0", "status": "Discharging", "energy_now": "0", "energy_full": "90000000"},
		}, Power{Battery: true, Percent: 10}, true},
		{"rubbish", []s{{"type": "Battery", "capacity": "x"}, {"type": "Battery", "capacity": "-4"}, {}}, Power{}, false},
		{"too full", []s{{"type": "Battery", "capacity": "104", "status": "Full"}}, Power{true, 100, true}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := supplies(tt.all); got != tt.want || got.Low() != tt.low {
				t.Errorf("got %+v, low %t", got, got.Low())
			}
		})
	}
}

func TestParsePmset(t *testing.T) {
	for _, tt := range []struct {
		name, said string
		want       Power
	}{
		{"on the battery", "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=4653155)\t18%; discharging; 1:02 remaining present: true\n", Power{Battery: true, Percent: 18}},
		{"charging", "Now drawing from 'AC Power'\n -InternalBattery-0 (id=4653155)\t7%; charging; 2:10 remaining present: true\n", Power{true, 7, true}},
		{"no battery", "Now drawing from 'AC Power'\n", Power{Mains: true}},
		{"a keyboard", "Now drawing from 'AC Power'\n -Magic Keyboard\t3%; discharging present: true\n", Power{Mains: true}},
		{"rubbish", "%\n-InternalBattery-0 x%\n", Power{}},
	} {
		if got := parsePmset(tt.said); got != tt.want {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}
