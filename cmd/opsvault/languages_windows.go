package main

import "golang.org/x/sys/windows"

// systemLanguages are the languages of the user interface, as "ru-RU", the preferred one first.
func systemLanguages() []string {
	languages, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil {
		return nil
	}
	return languages
}
