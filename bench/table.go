//go:build linux

package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// table prints the figures, the goal beside each.
func (r *result) table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "%s, %s, %s, server on CPU %v, load on %v, %d rounds: median (min to max)\n\n",
		r.Go, r.Kernel, r.CPU, r.ServerCPUs, r.LoadCPUs, r.Rounds)
	_, _ = fmt.Fprintln(w, "\t\tfloor\tusual\traw\tproduct\tratio\tgoal\t")
	for _, o := range r.Figures {
		ratio, goal, reached := "", "", ""
		if o.Ratio != nil {
			ratio = text(*o.Ratio) + " × " + o.Of
		}
		if !o.Free {
			goal = fmt.Sprintf("≤ %.4g", o.Goal)
		}
		if o.Reached != nil {
			reached = "not reached"
			if *o.Reached {
				reached = "reached"
			}
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", o.Title, o.Unit,
			of(o, theFloor), of(o, theUsual), of(o, theRaw), of(o, product), ratio, goal, reached)
	}
	for _, failure := range r.Failures {
		_, _ = fmt.Fprintln(w, "FAILED:", failure)
	}
	return w.Flush() // keeps the first error of all that was written
}

func of(o outcome, server string) string {
	s, measured := o.Servers[server]
	if !measured {
		return ""
	}
	return text(s)
}

func text(s spread) string { return fmt.Sprintf("%.2f (%.2f to %.2f)", s.Median, s.Min, s.Max) }
