// Package paper turns runbooks into one HTML page that is made for printing: a runbook, a run that goes on on paper, or
// the binder of all of them.
//
// A [Page] holds [Sheet]s, one a runbook. [Write] puts it out as one file that needs nothing else: no script, no font, no
// picture from elsewhere, and a Content-Security-Policy that forbids them. What a runbook says is escaped by
// html/template where it is text and by cssString where it stands in a footer; nothing of it becomes markup.
//
// The page promises what paper needs: a step is not split unless it is longer than a page, and then its head is repeated;
// whatever leads away from a step says the number and the title of where it leads; every step has room for times and
// initials; boxes, arrows and warning signs are drawn, so that no font has to have them; everything can be told apart in
// black and white. No secret is on it: a credential is named, with the people who can open it. Words for people come from
// the caller, see [Words].
//
// Of CSS it uses what Chromium prints since version 131: margin boxes with counters, named pages, and table headers that
// are repeated. Other browsers print the same page without the footer, and with the runbook in their own, which is the
// title of the document.
package paper
