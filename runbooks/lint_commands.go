package runbooks

// command looks at what the shell will say about a command, and whether every input can be a variable of it.
func (l *linter) command(f *Fence) {
	if l.options.Commands == nil {
		return
	}
	if why, what, line := l.options.Commands.Check(f.Text, len(f.Secrets) > 0); why != "" {
		l.add(Pos{f.pos.Line + max(0, line-1), 1}, "command-"+why, "what", what)
	}
	for _, secret := range f.Secrets {
		if secret.Var != "" {
			l.variable(secret.Var, f.pos)
		}
	}
	if l.named {
		return // once is enough
	}
	l.named = true
	for _, ask := range l.book.Meta.Inputs {
		l.variable(ask.Name, l.keyPos("inputs"))
	}
	for _, phase := range l.book.Phases {
		for _, step := range phase.Steps {
			for _, check := range step.Checks {
				for _, input := range check.Inputs {
					l.variable(input.Name, input.Pos)
				}
			}
		}
	}
}

func (l *linter) variable(name string, pos Pos) {
	if !l.options.Commands.Settable(name) {
		l.add(pos, "command-variable", "what", name)
	}
}
