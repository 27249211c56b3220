package runbooks

// Known reports a kind of event that this version of opsvault understands.
func (k EventKind) Known() bool {
	switch k {
	case EventStarted, EventEntered, EventAcknowledged, EventInput, EventTicked, EventSeconded, EventSkipped, EventFailed, EventDecided,
		EventStepDone, EventRepeated, EventNoted, EventRevealed, EventPaused, EventResumed, EventDone, EventAborted,
		EventTimerRang, EventTimerOff, EventCalled, EventEscalated, EventEvidence, EventNoticeSent,
		EventCommandStarted, EventCommandEnded, EventCommandSettled, EventByHand,
		EventBeside, EventBesideDone, EventBesideDropped, EventClosing, EventUndoBegun, EventUndoWaived,
		EventOffered, EventWithdrawn, EventAccepted, EventTaken, EventToPaper, EventFromPaper:
		return true
	}
	return false
}
