// SPDX-License-Identifier: Apache-2.0
import Screen
import Testing

@Suite struct ScreenLineTests {
    @Test(arguments: [("\u{1b}[2Jgone", "?[2Jgone"), ("a\nb\u{7}", "a?b?"), ("plain, naïve", "plain, naïve")])
    func `a name has nothing in it that a terminal would act on`(name: String, shown: String) {
        #expect(ScreenLine(name).text(columns: 40, hasColour: true) == shown)
    }

    @Test(arguments: [(4, "hel…"), (5, "hello"), (8, "hello   ")])
    func `text that is too long is cut, and shows that it is`(width: Int, shown: String) {
        var line = ScreenLine()
        line.add("hello", width: width)
        #expect(line.text(columns: 40, hasColour: false) == shown)
    }

    @Test func `a line is never wider than the screen`() {
        var line = ScreenLine("one ")
        line.add("two")
        #expect(line.width == 7)
        #expect(line.text(columns: 6, hasColour: false) == "one t…")
    }
}
