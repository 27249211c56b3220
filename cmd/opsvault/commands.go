package main

// groups are all commands under their headings, in the order of the help.
func groups() []group {
	return []group{
		{"group.start", []constructor{
			verb(newInitCommand, runInit),
			verb(newVersionCommand, runVersion),
			newHelpCommand,
		}},
		{"group.credentials", []constructor{
			verb(newLsCommand, runLs),
			verb(newFindCommand, runFind),
			verb(newShowCommand, runShow),
			verb(newInsertCommand, runInsert),
			verb(newGenerateCommand, runGenerate),
			verb(newEditCommand, runEdit),
			verb(newMvCommand, runMv),
			verb(newRmCommand, runRm),
			verb(newRestoreCommand, runRestore),
			verb(newHistoryCommand, runHistory),
		}},
		{"group.use", []constructor{
			verb(newReadCommand, runRead),
		}},
	}
}
