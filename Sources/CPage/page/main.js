// SPDX-License-Identifier: Apache-2.0
const source = new EventSource("story");
source.onmessage = (message) => {
    const line = JSON.parse(message.data);
    if (line.revision) document.getElementById("revision").textContent = `revision ${line.revision}`;
};
