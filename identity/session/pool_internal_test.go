package session

import "testing"

// TestARunBeginsWithoutTheValuesOfAnother: what one visitor's cookie said must not be in the memory that the next one's is followed in.
func TestARunBeginsWithoutTheValuesOfAnother(t *testing.T) {
	c := &recipe{names: make([]string, 5)}
	for range 100 {
		r := (&request{}).begin(c)
		if r.parsed.text != "" || len(r.found) > 0 || r.seen != nil || r.passed != nil {
			t.Fatalf("a run begins with %+v", r)
		}
		for _, memory := range [][]value{r.slots[:cap(r.slots)], r.args[:cap(r.args)]} {
			for i := range memory {
				if v := memory[i]; v.text != "" || v.list != nil || v.table != nil {
					t.Fatalf("value %d is %+v", i, v)
				}
			}
		}
		for i := range r.slots {
			r.slots[i] = textValue("of somebody")
		}
		r.args = append(r.args, textValue("of somebody"), value{list: []string{"else"}})[:1]
		r.parsed.text, r.found = "cookie", []finding{{text: "login"}}
		r.end()
	}
}
