package screen

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"opsvault/runbooks/face"
	"opsvault/runbooks/plain"
)

type (
	frameMsg  frame
	blankMsg  struct{} // the screen is given back
	settleMsg int      // show what was said, if nothing was asked meanwhile
)

// settleTime is how long a frame without a question is held back: most are followed by one at once.
const settleTime = 150 * time.Millisecond

// A model is the screen as the person sees it: the frame, where in it they are, and what they have typed.
type model struct {
	o         Options
	answers   chan<- answer
	interrupt func()

	frame    frame
	pending  *frame // that has no question yet
	held     int    // how many frames were held back
	blank    bool
	answered int // the question that was answered last
	line     line
	scroll   scroll
	option   int // that is chosen with the arrows, from 1
	page     int // of a secret
	columns  int
	rows     int
}

func (m *model) Init() tea.Cmd { return nil }

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.columns, m.rows = msg.Width, msg.Height
	case frameMsg:
		return m, m.take(frame(msg))
	case settleMsg:
		if int(msg) == m.held && m.pending != nil {
			m.adopt(*m.pending)
		}
	case blankMsg:
		m.frame, m.pending, m.blank = frame{}, nil, true
	case tea.PasteMsg:
		if m.asked() && m.frame.secret == "" {
			m.line.insert(m.o.Clean(msg.Content))
		}
	case tea.KeyPressMsg:
		return m, m.press(msg.Key())
	}
	return m, nil
}

// take takes a frame: one with a question or a secret at once.
func (m *model) take(f frame) tea.Cmd {
	var bell tea.Cmd
	if f.rings > m.frame.rings && (m.pending == nil || f.rings > m.pending.rings) {
		bell = tea.Raw("\a")
	}
	if f.number == m.answered {
		f.secret = "" // it was sent before the key was seen
	}
	if f.asks || f.secret != "" {
		m.adopt(f)
		return bell
	}
	m.frame.secret = "" // it goes at once in any case
	m.pending = &f
	m.held++
	held := m.held
	return tea.Batch(bell, tea.Tick(settleTime, func(time.Time) tea.Msg { return settleMsg(held) }))
}

func (m *model) adopt(f frame) {
	if f.number != m.frame.number {
		m.line, m.option, m.page = line{}, 0, 0
		m.scroll = scroll{}
	}
	m.frame, m.pending = f, nil
}

// asked reports that an answer is wanted.
func (m *model) asked() bool { return m.pending == nil && m.frame.number > m.answered }

func (m *model) answer(text string, err error) {
	m.answered = m.frame.number
	m.line = line{}
	m.answers <- answer{text, err}
}

func (m *model) press(k tea.Key) tea.Cmd {
	switch {
	case ctrl(k, 'c'):
		m.pause()
		return nil
	case ctrl(k, 'l'):
		return tea.ClearScreen
	case m.frame.secret != "":
		m.turn(k)
	case m.move(k), !m.asked():
	case k.Code == tea.KeyEnter || k.Code == tea.KeyKpEnter:
		m.enter()
	case k.Text != "" && k.Mod&^(tea.ModShift|tea.ModCapsLock|tea.ModNumLock) == 0:
		m.letter(k.Text)
	default:
		m.line.edit(k)
	}
	return nil
}

// ctrl reports a letter with Ctrl, in either layout of the keyboard.
func ctrl(k tea.Key, letter rune) bool {
	cyrillic := map[rune]rune{'c': 'с', 'l': 'д', 'u': 'г', 'w': 'ц', 'a': 'ф', 'e': 'у'}[letter]
	return k.Mod.Contains(tea.ModCtrl) && (k.Code == letter || k.BaseCode == letter || unicode.ToLower(k.Code) == cyrillic)
}

// pause answers any question with the wish to pause; while something works it is an interrupt.
func (m *model) pause() {
	if m.asked() {
		m.frame.secret = ""
		m.answer("", plain.ErrPause)
		return
	}
	m.interrupt()
}

// turn shows the next page of a secret; any key that leads to none ends it.
func (m *model) turn(k tea.Key) {
	pages := m.secretPages()
	switch {
	case (k.Code == tea.KeyPgDown || k.Code == tea.KeyDown) && m.page+1 < len(pages):
		m.page++
	case (k.Code == tea.KeyPgUp || k.Code == tea.KeyUp) && m.page > 0:
		m.page--
	case m.asked():
		m.frame.secret = ""
		m.answer("", nil)
	}
}

// move scrolls, or chooses among numbered answers.
func (m *model) move(k tea.Key) bool {
	switch k.Code {
	case tea.KeyPgUp:
		m.scrollBy(-max(1, m.draw().body-1))
	case tea.KeyPgDown:
		m.scrollBy(max(1, m.draw().body-1))
	case tea.KeyUp, tea.KeyDown:
		step := map[rune]int{tea.KeyUp: -1, tea.KeyDown: 1}[k.Code]
		if n := len(m.options()); n == 0 || !m.asked() || !m.frame.asks {
			m.scrollBy(step)
		} else if m.option += step; m.option < 1 || m.option > n {
			m.option = map[int]int{-1: n, 1: 1}[step]
		}
		if m.option > 0 {
			m.line = line{}
			m.line.insert(m.options()[m.option-1])
		}
	case tea.KeyHome, tea.KeyEnd:
		if m.line.text() != "" {
			return false
		}
		m.scrollBy(map[rune]int{tea.KeyHome: -1 << 20, tea.KeyEnd: 1 << 20}[k.Code])
	default:
		return false
	}
	return true
}

// options are the numbers of the answers that stand above the question.
func (m *model) options() []string {
	var list []string
	for _, line := range m.frame.context {
		if number := numberOf(line.Line); number != "" {
			list = append(list, number)
		}
	}
	return list
}

// numberOf is the number of an answer, "" for any other line.
func numberOf(line plain.Line) string {
	lead := strings.TrimSpace(line.Lead)
	if _, err := strconv.Atoi(lead); err != nil || !strings.HasPrefix(line.Lead, "  ") {
		return ""
	}
	return lead
}

func (m *model) enter() { m.answer(m.line.text(), nil) }

// letter takes what was typed: a key works at once where no text is wanted, and so do the letters for yes and no.
func (m *model) letter(text string) {
	if m.frame.quick() && m.line.text() == "" {
		key := face.Match(text, m.frame.scene.Keys) != face.NoKey || face.Match(text, face.All()) != face.NoKey
		if key || slices.Contains([]string{"y", "n", "д", "н", "т", "l"}, strings.ToLower(text)) {
			m.answer(text, nil)
			return
		}
	}
	m.option = 0
	m.line.insert(m.o.Clean(text))
}
