// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM end a run in good order.
#pragma once

namespace airan::apps {

/// From now on the first SIGINT or SIGTERM sets the flag; a second one ends the program at once.
void install_interrupt_handlers();
/// Whether one was received.
bool interrupted();

} // namespace airan::apps
