package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// version is set by the release build (-ldflags "-X main.version=v1.2.3").
var version = ""

type versionOptions struct{}

func newVersionCommand(e *env, run runFunc[versionOptions]) *cli.Command {
	o := &versionOptions{}
	return e.command(&cli.Command{Name: "version"}, func(ctx context.Context, c *call) error {
		return run(ctx, c, o)
	})
}

type versionInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func runVersion(_ context.Context, c *call, _ *versionOptions) error {
	info := buildInfo()
	return c.result(info, func() {
		fmt.Fprintf(c.out, "opsvault %s %s %s\n", info.Version, info.Platform, info.Go)
	})
}

func buildInfo() versionInfo {
	info := versionInfo{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if ok && info.Version == "" {
		info.Version = build.Main.Version
	}
	if info.Version == "" {
		info.Version = "(devel)"
	}
	if ok {
		for _, setting := range build.Settings {
			if setting.Key == "vcs.revision" {
				info.Commit = setting.Value
			}
		}
	}
	return info
}
