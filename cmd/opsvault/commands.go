package main

// groups are all commands under their headings, in the order of the help.
func groups() []group {
	return []group{
		{"group.start", []constructor{
			verb(newInitCommand, runInit),
			verb(newDemoCommand, runDemo),
			verb(newStatusCommand, runStatus),
			noun("identity",
				verb(newIdentityShowCommand, runIdentityShow),
				verb(newIdentityPasswdCommand, runIdentityPasswd)),
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
		{"group.access", []constructor{
			verb(newCanCommand, runCan),
			verb(newWhoCommand, runWho),
			verb(newWhatCommand, runWhat),
		}},
		{"group.people", []constructor{
			noun("role",
				verb(newRoleAddCommand, runRoleAdd),
				verb(newRoleGiveCommand, runRoleSet),
				verb(newRoleTakeCommand, runRoleSet),
				verb(newRoleRmCommand, runRoleRm),
				verb(newRoleLsCommand, runRoleLs)),
			noun("safe",
				verb(newSafeAddCommand, runSafeAdd),
				verb(newSafeSetCommand, runSafeSet),
				verb(newSafeRmCommand, runSafeRm),
				verb(newSafeLsCommand, runSafeLs)),
			noun("policy",
				verb(newPolicyShowCommand, runPolicyShow),
				verb(newPolicyEditCommand, runPolicyEdit),
				verb(newPolicyDiffCommand, runPolicyDiff),
				verb(newPolicyLogCommand, runPolicyLog),
				verb(newPolicyVerifyCommand, runPolicyVerify)),
		}},
		{"group.continuity", []constructor{
			verb(newRunCommand, runRun),
			verb(newRunsCommand, runRuns),
			noun("runbook",
				verb(newRunbookLsCommand, runRunbookLs),
				verb(newRunbookShowCommand, runRunbookShow),
				verb(newRunbookNewCommand, runRunbookNew),
				verb(newRunbookLintCommand, runRunbookLint),
				verb(newRunbookPublishCommand, runRunbookPublish),
				verb(newRunbookApproveCommand, runRunbookApprove),
				verb(newRunbookHistoryCommand, runRunbookHistory)),
		}},
		{"group.audit", []constructor{
			nounVerb("audit", runAudit,
				verb(newAuditListCommand, runAuditList),
				verb(newAuditVerifyCommand, runAuditVerify)),
		}},
		{"group.store", []constructor{
			verb(newDoctorCommand, runDoctor),
		}},
	}
}
