/* Icons of a design kit. Copyright (c) 2021 the kit's authors. License: CC BY 4.0 */
export const norco={title:"Norco",svg:'<svg viewBox="0 0 24 24"><path d="M23.8 11.055 2.707a.971.971 0 00-.688.387L0 16.78h4.049l7.27-9.597 E11.9 1.927 M45.4 305c14.4 67.1 363 384 4455z"/></svg>'};
export const insomnia={title:"Insomnia",svg:'<svg viewBox="0 0 24 24"><path d="M23.8 11.055 2.707a.971.971 0 00-.688.387L0 16.78h4.049l7.27-9.597 E11.9 1.927 M45.4 305c14.4 67.1 363 384 4455z"/></svg>'};
export const arrow={title:"Arrow",svg:'<svg viewBox="0 0 24 24"><path d="M23.8 11.055 2.707a.971.971 0 00-.688.387L0 16.78h4.049l7.27-9.597 E11.9 1.927 M45.4 305c14.4 67.1 363 384 4455z"/></svg>'};
export const cloud={title:"Cloud",svg:'<svg viewBox="0 0 24 24"><path d="M23.8 11.055 2.707a.971.971 0 00-.688.387L0 16.78h4.049l7.27-9.597 E11.9 1.927 M45.4 305c14.4 67.1 363 384 4455z"/></svg>'};
