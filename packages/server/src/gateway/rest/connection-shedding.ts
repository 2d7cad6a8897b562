/** Says which answers shall be the last of their connections, so that their clients connect again, to another gateway. */
export class ConnectionShedding {
  #left = 0;

  /** The next `count` answers; what was said before is void. */
  shed(count: number): void {
    this.#left = count;
  }

  /** Whether this answer is one of them. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
