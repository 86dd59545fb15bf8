// SPDX-License-Identifier: Apache-2.0
import Screen
import Testing

@Suite struct ScreenLineTests {
    @Test func `a line is cut to the window, and colours take no room`() {
        var line = ScreenLine("Service", .bold)
        line.add(" default/hello", .good)
        #expect(line.width == 21)
        #expect(line.text(columns: 30, hasColour: false) == "Service default/hello")
        #expect(line.text(columns: 12, hasColour: false) == "Service def…")
        #expect(line.text(columns: 12, hasColour: true) == "\u{1b}[1mService\u{1b}[0m\u{1b}[32m def…\u{1b}[0m")
    }

    @Test func `a cell has its width, whatever stands in it`() {
        var line = ScreenLine()
        line.add("12", width: 5, isRight: true)
        line.add("a long name", width: 6)
        line.add("|")
        #expect(line.text(columns: 80, hasColour: false) == "   12a lon…|")
    }

    @Test func `nothing that a terminal would act on gets through`() {
        let line = ScreenLine("web\u{1b}[2J\u{7}\u{9b}1m\nnext")
        #expect(line.text(columns: 80, hasColour: false) == "web?[2J??1m?next")
    }

    @Test(
        arguments: [
            ("q", [ScreenKey.character("q")]), ("\u{1b}[A\u{1b}OB", [.up, .down]), ("\u{1b}", [.escape]),
            ("\u{1b}[5~x\u{1b}[6~", [.pageUp, .character("x"), .pageDown]),
            ("\r\u{7f}\u{3}", [.enter, .backspace, .interrupt]),
            ("\u{1b}[1;5Cn", [.character("n")]), ("ä", [.character("ä")]),
        ] as [(String, [ScreenKey])]) func `keys are known by what the terminal sends`(sent: String, keys: [ScreenKey])
    {
        #expect(ScreenKey.keys(in: Array(sent.utf8)) == keys)
    }
}
