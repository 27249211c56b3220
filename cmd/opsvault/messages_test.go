package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
)

// speakers are the functions and methods that take the key of a message, and at which argument.
var speakers = map[string]int{
	"Text": 0, "text": 0, "say": 0, "warn": 0, "askSecret": 1, "askLine": 2, "askYes": 2, "askChoice": 3,
	"fail": 1, "usage": 0, "withHint": 0, "hinted": 1, "Has": 0,
}

// dynamic are the beginnings of keys that are put together while running, from the codes of lower rooms.
var dynamic = []string{
	"lint.",                               // problems that runbooks.Lint finds
	"bookdiff.",                           // what differs between two versions of a runbook
	"booksearch.in-",                      // where words were found in a runbook
	"doctor.",                             // what a vault's doctor found
	"rotate.risk-",                        // how much a row of the rotation list weighs
	"sheet.",                              // what stands on paper; TestPaperHasItsWords
	"paper.is-",                           // what is known of copies on paper
