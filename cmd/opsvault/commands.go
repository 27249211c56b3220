package main

// groups are all commands under their headings, in the order of the help.
func groups() []group {
	return []group{
		{"group.start", []constructor{
			verb(newVersionCommand, runVersion),
			newHelpCommand,
		}},
	}
}
