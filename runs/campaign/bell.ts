/** Wakes one that waits; a ring is kept until then. Other than a race of promises, it takes no memory for each wait. */
export class Bell {
  #wake: (() => void) | null = null;
  #hasRung = false;

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  async rung(): Promise<void> {
    if (!this.#hasRung) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = null;
    this.#hasRung = false;
  }
}
