package runbooks

import "slices"

// isCommand reports the id of a runbook that is also a command behind "opsvault run".
func isCommand(id string) bool {
	return slices.Contains([]string{"take", "accept", "handover", "withdraw", "second", "watch", "to-paper", "from-paper"}, id)
}

// fenceSecrets checks that the step links to every credential that a command of it gets: people have to see it.
func (l *linter) fenceSecrets(s *Step, f *Fence, pos Pos) {
	for _, want := range f.Secrets {
		if !slices.ContainsFunc(s.Credentials(), want.linkedBy) {
			l.add(pos, "fence-secret", "path", want.Path, "field", want.Field)
		}
	}
}
