// SPDX-License-Identifier: Apache-2.0
internal import Glibc

// The tiny server that stands in for a container's program. See Options for how it is started.

private func complain(_ text: String) {
    writeWithoutWaiting(Array(text.utf8), to: 2, mayBlock: false)
}

private func serve() -> Int32 {
    do {
        let options = try Options(Array(CommandLine.arguments.dropFirst()))
        if options.wantsHelp {
            writeWithoutWaiting(Array(Options.usage.utf8), to: 1, mayBlock: false)
            return 0
        }
        if !options.command.isEmpty { return runCommand(options.command) }
        writeWithoutWaiting(Array(options.greeting.utf8), to: 1, mayBlock: false)
        raiseDescriptorLimit()
        return try Server(options).run()
    } catch let misuse as Options.Misuse {
        complain("responder: \(misuse.reason)\n\(Options.usage)")
        return 2
    } catch let error as SystemError {
        complain("responder: \(error.text)\n")
        return 1
    } catch {
        return 1
    }
}

exit(serve())
