/** The routes under `/account/v1` of the exchange that served the page. */
import { type SiteMethod, siteRequest } from "../parts/site-request.js";

export class AccountApi {
  /** Of the session; sent with everything. */
  csrfToken = "";

  /** Throws SiteRefusal. */
  async call<T>(method: SiteMethod, path: string, body?: object): Promise<T> {
    const { csrfToken } = this;
    return (await siteRequest<T>(method, `/account/v1/${path}`, { csrfToken, body })).value;
  }
}
