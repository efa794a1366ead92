package simulator

import (
	"cmp"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"slices"
	"testing"
)

// shrink rewrites a PNG with 256 of its colours: a page looks the same, in less than
// half the bytes. Colours that are nearly alike share one, so that those of a small
// icon are not crowded out by the shades of text.
func shrink(t *testing.T, file string) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	picture, err := png.Decode(in)
	if err != nil {
		t.Fatal(err)
	}
	b := picture.Bounds()
	count := map[color.Color]int{}
	area := map[[3]uint32]color.Color{} // the commonest colour of each
	total := map[[3]uint32]int{}
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := picture.At(x, y)
			red, green, blue, _ := c.RGBA()
			a := [3]uint32{red >> 12, green >> 12, blue >> 12}
			count[c]++
			total[a]++
			if count[c] > count[area[a]] {
				area[a] = c
			}
		}
	}
	var palette color.Palette
	for _, a := range slices.SortedFunc(maps.Keys(total), func(a, b [3]uint32) int { return cmp.Compare(total[b], total[a]) }) {
		palette = append(palette, area[a])
	}
	// what is left goes to plain colours within an area, such as those of surfaces
	for _, c := range slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int { return cmp.Compare(count[b], count[a]) }) {
		if len(palette) < 256 && !slices.Contains(palette, c) {
			palette = append(palette, c)
		}
	}
	small := image.NewPaletted(b, palette[:min(256, len(palette))])
	index := map[color.Color]uint8{}
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := picture.At(x, y)
			i, known := index[c]
			if !known {
				i = uint8(small.Palette.Index(c))
				index[c] = i
			}
			small.SetColorIndex(x, y, i)
		}
	}
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(out, small); err != nil {
		t.Fatal(err)
	}
}
