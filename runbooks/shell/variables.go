package shell

import (
	"slices"
	"strings"
)

// kept are the variables of the person that a block gets, in capitals; LC_* besides. What can make a program load or run
// something else (LD_PRELOAD, BASH_ENV, PYTHONPATH …) is not among them.
func kept() []string {
	return []string{
		"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "SSH_AUTH_SOCK", "KRB5CCNAME",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "FTP_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME",
		"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "USERPROFILE", "USERNAME", "USERDOMAIN", "HOMEDRIVE", "HOMEPATH", "APPDATA",
		"LOCALAPPDATA", "PROGRAMDATA", "ALLUSERSPROFILE", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "COMMONPROGRAMFILES",
		"COMPUTERNAME", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "OS",
	}
}

// own are variables that the shell or this package sets; PATHEXT is fixed because it decides what a program is.
func own() []string {
	return []string{
		"PWD", "OLDPWD", "IFS", "OPTIND", "OPTARG", "UID", "EUID", "GID", "PPID", "TMPDIR", "TMP", "TEMP", "TERM", "NO_COLOR", "PATHEXT", "ENV",
		"BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS1", "PS2", "PS3", "PS4", "REPLY", "RANDOM", "SECONDS", "LINENO", "DIRSTACK", "CDPATH",
		"GLOBIGNORE", "EDITOR", "VISUAL", "PAGER", "SHELL", "HOSTNAME", "PROMPT_COMMAND", "IFS", "NODE_OPTIONS",
	}
}

// environment is what a block inherits from the person.
func environment(all []string) []string {
	names := kept()
	var list []string
	for _, pair := range all {
		name, _, ok := strings.Cut(pair, "=")
		upper := strings.ToUpper(name)
		if ok && (slices.Contains(names, upper) || strings.HasPrefix(upper, "LC_")) && !strings.ContainsAny(pair, "\x00\n") {
			list = append(list, pair)
		}
	}
	return list
}

// Settable reports a name that an input or a credential may have as a variable: letters, digits, underscores, and none
// that the shell, the system or the programs in it give a meaning. Names that differ in case alone are one on Windows.
func Settable(name string) bool {
	if name == "" || len(name) > 64 || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	upper := strings.ToUpper(name)
	for _, start := range []string{"LD_", "DYLD_", "LC_", "BASH", "OPSVAULT_", "GIT_", "PYTHON", "PERL", "RUBY", "SSH_", "XDG_", "GLIBC_"} {
		if strings.HasPrefix(upper, start) {
			return false
		}
	}
	return !slices.Contains(kept(), upper) && !slices.Contains(own(), upper)
}
