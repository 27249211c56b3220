package term

// Write shows what is not a question: a conversation that goes on at the terminal while the standard streams go
// elsewhere. The text is shown as it is; whoever writes has cleaned it.
func (t *Terminal) Write(p []byte) (int, error) {
	device, err := t.use()
	if err != nil {
		return 0, err
	}
	return device.Write(p)
}
